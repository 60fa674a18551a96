//! Which call or push a rule hits, by counting.

use serde::{Deserialize, Serialize};

use super::{Fault, FaultKind};

/// A rule with what it has met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FaultRule {
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// Calls or pushes that fitted it and that no rule before it hit.
    pub seen: u64,
    /// Those that it hit.
    pub hits: u64,
}

/// A call or a push that a rule may hit.
pub(crate) struct Subject<'a> {
    /// The path of the operation or the storage, or the event.
    pub(crate) target: &'a str,
    /// The name for all of its sort; empty for the storage.
    pub(crate) all: &'a str,
    /// The accounts that it is about.
    pub(crate) accounts: &'a [&'a str],
}

/// The rules, in the order in which they were set.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Rules(Vec<FaultRule>);

impl Rules {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(FaultRule { fault, seen: 0, hits: 0 });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The rules that can still hit something at `now`, in Unix seconds.
    pub(crate) fn left(&mut self, now: u64) -> &[FaultRule] {
        self.0.retain(|rule| !rule.is_over(now));
        &self.0
    }

    /// What hits this one.
    pub(crate) fn take(&mut self, subject: &Subject<'_>, now: u64) -> Option<FaultKind> {
        self.left(now);
        let rule = self.0.iter_mut().find_map(|rule| rule.meets(subject, now).then_some(rule))?;
        rule.hits += 1;
        Some(rule.fault.kind.clone())
    }
}

impl FaultRule {
    fn is_over(&self, now: u64) -> bool {
        let Fault { times, every, from, until, .. } = self.fault;
        let once = (every, from, until) == (None, None, None);
        let most = times.or(once.then_some(1));
        most.is_some_and(|most| self.hits >= most) || until.is_some_and(|until| now >= until)
    }

    /// Counts what fits; whether the rule is due for it.
    fn meets(&mut self, subject: &Subject<'_>, now: u64) -> bool {
        let Fault { target, appid, every, from, .. } = &self.fault;
        let is_target = target == subject.target || target == subject.all;
        let is_account = appid.as_ref().is_none_or(|appid| subject.accounts.contains(&appid.as_str()));
        if !is_target || !is_account || from.is_some_and(|from| now < from) {
            return false;
        }
        self.seen += 1;
        self.seen.is_multiple_of(every.unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::ALL_CALLS;

    /// Which of the calls of one path, one a second, a rule hits.
    fn hit(fault: Fault) -> Vec<u64> {
        let mut rules = Rules::default();
        rules.add(fault);
        let subject = Subject { target: "/a", all: ALL_CALLS, accounts: &["shop", "platform"] };
        (0..10).filter(|second| rules.take(&subject, *second).is_some()).collect()
    }

    #[test]
    fn a_rule_hits_what_it_says_by_counting() {
        let fault = || Fault::errcode("/a", -1);
        for (fault, expected) in [
            (fault(), vec![0]),
            (fault().times(3), vec![0, 1, 2]),
            (fault().every(4), vec![3, 7]),
            (fault().every(4).times(1), vec![3]),
            (fault().between(2, 5), vec![2, 3, 4]),
            (fault().between(2, 9).every(3), vec![4, 7]),
            (fault().between(2, 9).times(1), vec![2]),
            (fault().of("shop"), vec![0]),
            (fault().of("another"), vec![]),
            (Fault::errcode("*", -1), vec![0]),
            (Fault::errcode("/b", -1), vec![]),
            (Fault::errcode("callbacks", -1), vec![]),
        ] {
            assert_eq!(hit(fault.clone()), expected, "{fault:?}");
        }
    }

    #[test]
    fn what_one_rule_hits_the_next_does_not_count() {
        let mut rules = Rules::default();
        rules.add(Fault::errcode("/a", 1).every(2));
        rules.add(Fault::errcode("*", 2).every(2));
        let subject = Subject { target: "/a", all: ALL_CALLS, accounts: &[] };
        let codes = (0..8).map(|_| match rules.take(&subject, 0) {
            Some(FaultKind::Errcode { code }) => code,
            _ => 0,
        });
        assert_eq!(codes.collect::<Vec<_>>(), [0, 1, 2, 1, 0, 1, 2, 1]);
    }
}
