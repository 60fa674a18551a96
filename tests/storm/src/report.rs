//! What is counted.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::outage::Failed;

/// What a worker tells of itself, since its start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    /// Refresh tokens that were given up.
    pub(crate) lost_refresh_tokens: u64,
    pub(crate) recoveries: u64,
    pub(crate) contested: u64,
    pub(crate) unsaved: u64,
    pub(crate) served_stale: u64,
    /// Longest call, in milliseconds.
    pub(crate) slowest_ms: u64,
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        self.calls += other.calls;
        self.lost_refresh_tokens += other.lost_refresh_tokens;
        self.recoveries += other.recoveries;
        self.contested += other.contested;
        self.unsaved += other.unsaved;
        self.served_stale += other.served_stale;
        self.slowest_ms = self.slowest_ms.max(other.slowest_ms);
    }
}

/// What a worker says, one JSON object in a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum Word {
    /// Its store is open.
    Ready,
    /// It has called for each merchant once.
    Walked,
    /// Its counts so far, after each call.
    Counts(Counts),
    /// A call has failed.
    Failed(Failed),
    /// Its counts at its end, and whether all its token calls have ended.
    Closed { counts: Counts, clean: bool },
}

/// What a storm came to.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) store: &'static str,
    pub(crate) rotation: &'static str,
    pub(crate) keys: u64,
    pub(crate) seed: u64,
    pub(crate) counts: Counts,
    /// Tokens that merchants were given, and how many there had to be: one each, and one each time that one came near its end or was lost.
    pub(crate) mints: u64,
    pub(crate) due: u64,
    /// The same of the platform's own token.
    pub(crate) platform_mints: u64,
    pub(crate) platform_due: u64,
    pub(crate) cold_mints: u64,
    pub(crate) first_try_refusals: u64,
    /// Calls that failed although the store could be used.
    pub(crate) failures: u64,
    /// Calls that failed while the store could not be used, and there was no token that still lived.
    pub(crate) excused: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) converged: bool,
}

/// The slowest call may take as long as the longest fault, and as long again.
const SLOWEST_MS: u64 = 10_000;

impl Verdict {
    /// What was not as it has to be.
    pub(crate) fn broken(&self) -> Vec<&'static str> {
        let faults = self.faults.values().sum::<u64>();
        // A fault can cost one token: the one that was on its way.
        let most = |due: u64| due + due / 5 + faults;
        let rules = [
            ("cold_mints", self.cold_mints == self.keys),
            ("mints", self.mints <= most(self.due)),
            ("platform_mints", self.platform_mints <= most(self.platform_due)),
            ("failures", self.failures == 0),
            ("lost_refresh_tokens", self.counts.lost_refresh_tokens == 0),
            ("slowest_ms", self.counts.slowest_ms <= SLOWEST_MS),
            ("converged", self.converged),
        ];
        rules.into_iter().filter_map(|(rule, kept)| (!kept).then_some(rule)).collect()
    }

    /// The one line for machines.
    pub(crate) fn line(&self) -> String {
        json!({
            "store": self.store,
            "rotation": self.rotation,
            "keys": self.keys,
            "seed": self.seed,
            "calls": self.counts.calls,
            "mints": self.mints,
            "due": self.due,
            "platform_mints": self.platform_mints,
            "platform_due": self.platform_due,
            "cold_mints": self.cold_mints,
            "first_try_refusals": self.first_try_refusals,
            "failures": self.failures,
            "excused": self.excused,
            "slowest_ms": self.counts.slowest_ms,
            "lost_refresh_tokens": self.counts.lost_refresh_tokens,
            "faults": self.faults.values().sum::<u64>(),
            "converged": self.converged,
            "broken": self.broken(),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm() -> Verdict {
        Verdict {
            store: "sqlite",
            rotation: "strict",
            keys: 100,
            seed: 1,
            counts: Counts { calls: 1000, slowest_ms: 500, ..Counts::default() },
            mints: 155,
            due: 150,
            platform_mints: 1,
            platform_due: 1,
            cold_mints: 100,
            first_try_refusals: 3,
            failures: 0,
            excused: 7,
            faults: BTreeMap::from([("killed", 4), ("stopped", 1)]),
            converged: true,
        }
    }

    #[test]
    fn a_storm_that_is_weathered_passes() {
        assert_eq!(calm().broken(), [""; 0]);
        assert_eq!(
            Verdict { mints: 185, ..calm() }.broken(),
            [""; 0],
            "a fifth more, and one for each fault"
        );
    }

    #[test]
    fn each_rule_is_broken_by_itself() {
        let counts =
            |lost_refresh_tokens, slowest_ms| Counts { lost_refresh_tokens, slowest_ms, ..calm().counts };
        for (verdict, rule) in [
            (Verdict { cold_mints: 101, ..calm() }, "cold_mints"),
            (Verdict { mints: 186, ..calm() }, "mints"),
            (Verdict { platform_mints: 7, ..calm() }, "platform_mints"),
            (Verdict { failures: 1, ..calm() }, "failures"),
            (Verdict { counts: counts(1, 500), ..calm() }, "lost_refresh_tokens"),
            (Verdict { counts: counts(0, 60_000), ..calm() }, "slowest_ms"),
            (Verdict { converged: false, ..calm() }, "converged"),
        ] {
            assert_eq!(verdict.broken(), [rule]);
        }
    }
}
