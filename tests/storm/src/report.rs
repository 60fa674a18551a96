//! What is counted, and what it has to come to.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::outages::FailedCall;

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
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum Message {
    /// Its store is open.
    Ready,
    /// It has called for each merchant once.
    Walked,
    /// Its counts so far, after each call.
    Counts(Counts),
    Failed(FailedCall),
    /// Its end, and whether all its token calls have ended too.
    Closed {
        clean: bool,
    },
}

/// What a storm came to.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) store: String,
    pub(crate) rotation: String,
    pub(crate) keys: u64,
    pub(crate) seed: u64,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Tokens that merchants were given.
    pub(crate) mints: u64,
    /// How many there had to be: one each, and one each time that one came near its end or was
    /// lost.
    pub(crate) due: u64,
    /// The same of the platform's own token.
    pub(crate) platform_mints: u64,
    pub(crate) platform_due: u64,
    pub(crate) cold_mints: u64,
    pub(crate) first_try_refusals: u64,
    /// Calls that failed although the store could be used.
    pub(crate) failures: u64,
    /// Calls that failed while the store could not be used, and no token was still alive.
    pub(crate) excused: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) converged: bool,
}

/// The slowest call may take as long as the longest fault, and as long again.
const SLOWEST_MS: u64 = 10_000;

impl Report {
    /// The rules that were not kept.
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
        let mut line = serde_json::to_value(self).unwrap();
        line["broken"] = self.broken().into();
        line.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed() -> Report {
        Report {
            keys: 100,
            counts: Counts { calls: 1000, slowest_ms: 500, ..Counts::default() },
            mints: 185,
            due: 150,
            platform_mints: 1,
            platform_due: 1,
            cold_mints: 100,
            excused: 7,
            faults: BTreeMap::from([("killed", 4), ("stopped", 1)]),
            converged: true,
            ..Report::default()
        }
    }

    #[test]
    fn a_fifth_more_tokens_and_one_for_each_fault_will_do() {
        assert_eq!(passed().broken(), [""; 0]);
    }

    #[test]
    fn each_rule_is_broken_by_itself() {
        let counts =
            |lost_refresh_tokens, slowest_ms| Counts { lost_refresh_tokens, slowest_ms, ..passed().counts };
        for (report, rule) in [
            (Report { cold_mints: 101, ..passed() }, "cold_mints"),
            (Report { mints: 186, ..passed() }, "mints"),
            (Report { platform_mints: 7, ..passed() }, "platform_mints"),
            (Report { failures: 1, ..passed() }, "failures"),
            (Report { counts: counts(1, 500), ..passed() }, "lost_refresh_tokens"),
            (Report { counts: counts(0, 60_000), ..passed() }, "slowest_ms"),
            (Report { converged: false, ..passed() }, "converged"),
        ] {
            assert_eq!(report.broken(), [rule]);
            assert!(report.line().contains(&format!(r#""broken":["{rule}"]"#)));
        }
    }
}
