//! What repeats are paid from, so that an API that fails is not hammered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tcb_transport::{AttemptErrorKind, LinkTarget, TransportErrorKind};

use crate::ErrorKind;

/// The budgets of a platform, or of a client that has none: one for each host, so that what one of
/// them does wrong costs no repeats of the others.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    /// Of the API host.
    api: RetryBudget,
    /// Of the hosts of links.
    links: Mutex<BTreeMap<String, Arc<RetryBudget>>>,
}

impl Budgets {
    /// There are a few such hosts. Should a server name more, the others share one budget.
    const MOST_HOSTS: usize = 64;

    /// Pays `price` for a repeat of a call, to a link if it goes to one, if there is that much.
    pub(crate) fn pay(&self, link: Option<&LinkTarget>, price: u32, now: Instant) -> bool {
        match link {
            None => self.api.pay(price, now),
            Some(link) => self.of(link).pay(price, now),
        }
    }

    /// Books a success, for whose last repeat `paid` was paid.
    pub(crate) fn earn(&self, link: Option<&LinkTarget>, paid: u32) {
        match link {
            None => self.api.earn(paid),
            Some(link) => self.of(link).earn(paid),
        }
    }

    /// What is left of each.
    pub(crate) fn repeats(&self, now: Instant) -> Vec<Repeats> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let links = links.iter().map(|(host, budget)| budget.repeats(Some(host), now));
        std::iter::once(self.api.repeats(None, now)).chain(links).collect()
    }

    fn of(&self, link: &LinkTarget) -> Arc<RetryBudget> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let known = links.contains_key(link.host()) || links.len() < Self::MOST_HOSTS;
        let host = if known { link.host() } else { "" };
        match links.get(host) {
            Some(budget) => Arc::clone(budget),
            None => Arc::clone(links.entry(host.to_owned()).or_default()),
        }
    }
}

/// What is left of the repeats that calls to one host may make together: see
/// [`Client::repeats`](crate::Client::repeats).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repeats {
    /// The host of links; `None` for the API host, and empty for the hosts beyond the first 64.
    pub host: Option<String>,
    /// How many repeats could be made now; 35 when nothing has failed lately.
    pub left: u32,
    /// How many were made since the start.
    pub made: u64,
    /// How many calls ended because there was none left, since the start.
    pub refused: u64,
}

/// What the repeats to one host are paid from: each costs, each success earns a little, and so does
/// each second.
#[derive(Debug)]
struct RetryBudget {
    held: AtomicU32,
    /// Up to when time was credited.
    credited: Mutex<Option<Instant>>,
    made: AtomicU64,
    refused: AtomicU64,
}

/// What the repeat of a call costs.
const PRICE: u32 = 14;
/// The same after a server asked to slow down: it is there, and says when to come back.
const THROTTLED_PRICE: u32 = 5;

/// What a repeat costs after a failure that would end the call as `kind`.
pub(crate) fn price(kind: ErrorKind, failure: AttemptErrorKind) -> u32 {
    match (kind, failure) {
        // Who waits for one of our own connections hammers nobody.
        (_, AttemptErrorKind::Transport(TransportErrorKind::AllBusy)) => 0,
        (ErrorKind::RateLimited, _) => THROTTLED_PRICE,
        _ => PRICE,
    }
}

impl RetryBudget {
    const FULL: u32 = 500;

    /// Takes `price`, if there is that much. What costs nothing is always had.
    fn pay(&self, price: u32, now: Instant) -> bool {
        if price == 0 {
            return true;
        }
        self.credit(now);
        let paid =
            self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| held.checked_sub(price));
        let counter = if paid.is_ok() { &self.made } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        paid.is_ok()
    }

    /// Books a success: what was paid for it comes back, and a first attempt earns 1.
    fn earn(&self, paid: u32) {
        if self.held.load(Ordering::Relaxed) < Self::FULL {
            self.add(paid.max(1));
        }
    }

    /// Books the time that has passed: a second is worth a repeat.
    fn credit(&self, now: Instant) {
        let mut credited = self.credited.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(*credited.get_or_insert(now));
        let earned = passed.as_millis() * u128::from(PRICE) / Duration::from_secs(1).as_millis();
        if earned > 0 {
            *credited = Some(now);
            self.add(u32::try_from(earned).unwrap_or(Self::FULL));
        }
    }

    fn add(&self, earned: u32) {
        let add = |held: u32| Some(held.saturating_add(earned).min(Self::FULL));
        // It cannot fail: `add` always has an answer.
        let _ = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    fn repeats(&self, host: Option<&String>, now: Instant) -> Repeats {
        self.credit(now);
        Repeats {
            host: host.cloned(),
            left: self.held.load(Ordering::Relaxed) / PRICE,
            made: self.made.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            held: AtomicU32::new(Self::FULL),
            credited: Mutex::default(),
            made: AtomicU64::default(),
            refused: AtomicU64::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tcb_types::{Clock as _, Moment as _, Secret, SystemClock};

    use super::*;

    fn spend(budget: &RetryBudget, now: Instant) -> usize {
        (0..1000).filter(|_| budget.pay(PRICE, now)).count()
    }

    #[test]
    fn repeats_end_when_the_budget_is_spent() {
        let (budget, now) = (RetryBudget::default(), SystemClock.monotonic());
        assert_eq!(spend(&budget, now), 35);
        budget.earn(PRICE);
        assert_eq!(spend(&budget, now), 1);
        let repeats = budget.repeats(None, now);
        assert_eq!((repeats.left, repeats.made, repeats.refused), (0, 36, 1964));
    }

    #[test]
    fn a_second_is_worth_a_repeat_and_a_minute_all_of_them() {
        let (budget, start) = (RetryBudget::default(), SystemClock.monotonic());
        spend(&budget, start);
        let later = |seconds| start.later_by(Duration::from_secs(seconds));
        // However often somebody asks in between.
        for tenth in 1..=20 {
            budget.credit(start.later_by(Duration::from_millis(100 * tenth)));
        }
        assert_eq!(spend(&budget, later(2)), 2);
        assert_eq!(spend(&budget, later(62)), 35);
        assert_eq!(spend(&budget, start), 0, "a clock that goes back");
        assert_eq!(spend(&budget, start.later_by(Duration::MAX)), 35);
    }

    #[test]
    fn what_was_paid_comes_back_and_no_more() {
        let (budget, now) = (RetryBudget::default(), SystemClock.monotonic());
        assert!(budget.pay(THROTTLED_PRICE, now) && budget.pay(THROTTLED_PRICE, now));
        budget.earn(THROTTLED_PRICE);
        assert_eq!(budget.held.load(Ordering::Relaxed), RetryBudget::FULL - THROTTLED_PRICE);
        let busy = AttemptErrorKind::Transport(TransportErrorKind::AllBusy);
        assert!((0..1000).all(|_| budget.pay(price(ErrorKind::Unavailable, busy), now)));
    }

    #[test]
    fn no_host_spends_what_is_anothers_and_no_server_names_too_many() {
        let (budgets, now) = (Budgets::default(), SystemClock.monotonic());
        let to = |host: &str| LinkTarget::new(Secret::new(format!("https://{host}/a"))).unwrap();
        while budgets.pay(Some(&to("a.example")), PRICE, now) {}
        for other in [Some(to("b.example")), None] {
            assert!(budgets.pay(other.as_ref(), PRICE, now), "{other:?}");
        }
        for host in 0..1000 {
            budgets.earn(Some(&to(&format!("{host}.example"))), 0);
        }
        let repeats = budgets.repeats(now);
        assert_eq!(repeats.len(), 2 + Budgets::MOST_HOSTS);
        assert_eq!((repeats[0].host.as_deref(), repeats[0].made), (None, 1));
        let spent = repeats.iter().find(|repeats| repeats.host.as_deref() == Some("a.example")).unwrap();
        assert_eq!((spent.left, spent.made, spent.refused), (0, 35, 1));
    }
}
