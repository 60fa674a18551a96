use std::time::Duration;

use tcb_types::scaled;

use crate::{AuthError, AuthErrorKind};

/// All times of the token cache in one place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CachePolicy {
    /// How many tokens a process holds at hand at most; 100,000, about 40 MB. The store has the
    /// others.
    pub capacity: usize,
    /// How many refreshes of accounts' tokens a process has on at once; 64, and at least 1. The
    /// others wait in line, first come, first served, for as long as their callers do: nothing
    /// counts as failed for that. The platform's own refresh never waits in line.
    pub refreshes_at_once: usize,
    /// A token is compared with the store when it was last compared this long ago, give or take a
    /// tenth; 1 minute. Callers get it meanwhile.
    pub verify_after: Duration,
    /// Callers wait for that comparison when the last one was this long ago; 4 minutes. With a call
    /// to come, it must stay inside the time for which WeChat lets a token work on that another
    /// process has replaced (5 minutes). A [`CachedSource`](crate::CachedSource), of whose tokens
    /// nobody has said so, lets them wait from `verify_after` on.
    pub wait_after: Duration,
    /// Time for one operation of the store; 3 seconds. After it the store counts as failed, and
    /// what was to be written as perhaps written. Two of these and `mint_timeout` together must be
    /// shorter than `lease`.
    pub store_timeout: Duration,
    /// How long a store that failed is left alone while the tokens at hand still live; 5 seconds.
    pub store_pause: Duration,
    /// A token is refreshed in the background when less than this is left; 15 minutes. Never more
    /// than half of its life.
    pub refresh_ahead: Duration,
    /// Each token adds a random share of this to `refresh_ahead`, so that tokens that were made
    /// together are not refreshed together; 10 minutes.
    pub refresh_spread: Duration,
    /// Callers wait for a refresh when less than this is left; 2 minutes. Never more than a quarter
    /// of the token's life.
    pub mandatory: Duration,
    /// Time for one token call; 8 seconds. It must be shorter than `lease`.
    pub mint_timeout: Duration,
    /// How long one process may hold the permit for a token; 15 seconds. It is renewed only by a
    /// process that goes on from one call to the next, so one that hangs or dies loses it in time.
    pub lease: Duration,
    /// How long WeChat may still apply a request that was not answered; 30 seconds.
    pub unanswered_window: Duration,
    /// How often a process that waits for another's refresh looks at the store, at the most and
    /// give or take half; 200 milliseconds.
    pub poll: Duration,
    /// Pause after the first failed refresh; it doubles with each further one, and a random part of
    /// it is used, half of it at least; 1 second.
    pub backoff: Duration,
    /// Longest pause after failed refreshes; 1 minute.
    pub backoff_limit: Duration,
    /// Longest pause while no usable token is left; 5 seconds.
    pub urgent_backoff_limit: Duration,
    /// Pause after a refusal that only somebody's action can clear (wrong secret, dead refresh
    /// token); it doubles with each further one; 1 minute.
    pub refusal_pause: Duration,
    /// Longest pause after such refusals; 15 minutes.
    pub refusal_pause_limit: Duration,
    /// Least time between two refreshes that rejections caused, per key and for all processes
    /// together; 1 minute. It ends loops in which every token is refused.
    pub rejection_interval: Duration,
    /// A token that is refused this soon after it was made has been replaced by somebody else; 5
    /// minutes.
    pub recently_minted: Duration,
    /// How long the code of an event is tried; 10 minutes. A code that WeChat refuses for a reason
    /// that may pass is tried again until then, and given up after that for what else is known of
    /// the account. For as long it is known whose code it was, so that a redirect that brings it
    /// again is answered.
    pub code_life: Duration,
    /// How long a ticket can be used; 12 hours.
    pub ticket_life: Duration,
    /// From this age on a ticket is reported as old, since WeChat pushes one every ten minutes; 30
    /// minutes.
    pub ticket_old: Duration,
    /// How often [`maintain`](crate::PlatformTokens::maintain) compares the store with WeChat's
    /// list, give or take a tenth; 1 day.
    pub reconcile_after: Duration,
}

impl Default for CachePolicy {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            capacity: 100_000,
            refreshes_at_once: 64,
            verify_after: MINUTE,
            wait_after: 4 * MINUTE,
            store_timeout: Duration::from_secs(3),
            store_pause: Duration::from_secs(5),
            refresh_ahead: 15 * MINUTE,
            refresh_spread: 10 * MINUTE,
            mandatory: 2 * MINUTE,
            mint_timeout: Duration::from_secs(8),
            lease: Duration::from_secs(15),
            unanswered_window: Duration::from_secs(30),
            poll: Duration::from_millis(200),
            backoff: Duration::from_secs(1),
            backoff_limit: MINUTE,
            urgent_backoff_limit: Duration::from_secs(5),
            refusal_pause: MINUTE,
            refusal_pause_limit: 15 * MINUTE,
            rejection_interval: MINUTE,
            recently_minted: 5 * MINUTE,
            code_life: 10 * MINUTE,
            ticket_life: 12 * 60 * MINUTE,
            ticket_old: 30 * MINUTE,
            reconcile_after: 24 * 60 * MINUTE,
        }
    }
}

impl CachePolicy {
    /// A token lives no shorter than this, whatever is said of it.
    pub(crate) const SHORTEST_LIFE: Duration = Duration::from_secs(60);

    /// A token lives no longer than this, whatever is said of it.
    pub(crate) const LONGEST_LIFE: Duration = Duration::from_secs(86_400);

    /// The same policy with all times divided by `divisor`, for tests against a clock that runs
    /// faster.
    #[must_use]
    pub fn scaled_down(self, divisor: u32) -> Self {
        Self {
            capacity: self.capacity,
            refreshes_at_once: self.refreshes_at_once,
            verify_after: self.verify_after / divisor,
            wait_after: self.wait_after / divisor,
            store_timeout: self.store_timeout / divisor,
            store_pause: self.store_pause / divisor,
            refresh_ahead: self.refresh_ahead / divisor,
            refresh_spread: self.refresh_spread / divisor,
            mandatory: self.mandatory / divisor,
            mint_timeout: self.mint_timeout / divisor,
            lease: self.lease / divisor,
            unanswered_window: self.unanswered_window / divisor,
            poll: self.poll / divisor,
            backoff: self.backoff / divisor,
            backoff_limit: self.backoff_limit / divisor,
            urgent_backoff_limit: self.urgent_backoff_limit / divisor,
            refusal_pause: self.refusal_pause / divisor,
            refusal_pause_limit: self.refusal_pause_limit / divisor,
            rejection_interval: self.rejection_interval / divisor,
            recently_minted: self.recently_minted / divisor,
            code_life: self.code_life / divisor,
            ticket_life: self.ticket_life / divisor,
            ticket_old: self.ticket_old / divisor,
            reconcile_after: self.reconcile_after / divisor,
        }
    }

    /// How long a refresh is not tried again after it has failed `count` times in a row. `usable`:
    /// there is a token at hand that does for now.
    pub(crate) fn pause_after(&self, error: &AuthError, count: u32, usable: bool) -> Duration {
        let doubled = |first: Duration, limit: Duration| {
            let times = 1_u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX);
            first.saturating_mul(times).min(limit)
        };
        match error.kind() {
            // No call was made, so there is nothing to spare; the next push clears it.
            AuthErrorKind::NoTicket { .. }
            | AuthErrorKind::Closed
            | AuthErrorKind::UnknownAccount
            | AuthErrorKind::NotAuthorized
                if error.api().is_none() =>
            {
                Duration::ZERO
            }
            AuthErrorKind::Unavailable
            | AuthErrorKind::Queued
            | AuthErrorKind::StoreUnavailable
            | AuthErrorKind::Malformed
            | AuthErrorKind::Source => {
                let limit = if usable { self.backoff_limit } else { self.urgent_backoff_limit };
                scaled(doubled(self.backoff, limit), 0.5 + fastrand::f64() / 2.0)
            }
            _ => doubled(self.refusal_pause, self.refusal_pause_limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_never_none_at_all() {
        let (policy, down) = (CachePolicy::default(), AuthError::new(AuthErrorKind::Unavailable));
        for _ in 0..100 {
            let pause = policy.pause_after(&down, 1, false);
            assert!(pause >= policy.backoff / 2 && pause <= policy.backoff, "{pause:?}");
        }
    }
}
