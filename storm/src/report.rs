//! What is counted.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a worker tells of itself, since its start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    /// Calls that failed although the store could be used.
    pub(crate) failures_after_retry: u64,
    /// Calls that failed because the store could not be used and there was no token that still lived.
    pub(crate) failures_store_down: u64,
    /// Refresh tokens that were given up.
    pub(crate) lost_refresh_tokens: u64,
    pub(crate) recoveries: u64,
    pub(crate) contested: u64,
    pub(crate) unpersisted: u64,
    pub(crate) served_stale: u64,
    /// Longest call, in milliseconds.
    pub(crate) slowest_ms: u64,
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failures_after_retry += other.failures_after_retry;
        self.failures_store_down += other.failures_store_down;
        self.lost_refresh_tokens += other.lost_refresh_tokens;
        self.recoveries += other.recoveries;
        self.contested += other.contested;
        self.unpersisted += other.unpersisted;
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
    /// Its counts so far.
    Counts(Counts),
    /// Its counts at its end, and whether all its token calls have ended.
    Closed { counts: Counts, clean: bool },
}

/// What a storm came to.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) store: &'static str,
    pub(crate) rotation: &'static str,
    pub(crate) keys: u64,
    pub(crate) counts: Counts,
    pub(crate) mints: u64,
    pub(crate) cold_mints: u64,
    pub(crate) first_try_refusals: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) converged: bool,
}

impl Verdict {
    pub(crate) fn passed(&self) -> bool {
        self.cold_mints == self.keys
            && self.counts.failures_after_retry == 0
            && self.counts.lost_refresh_tokens == 0
            && self.converged
    }

    /// The one line for machines.
    pub(crate) fn line(&self) -> String {
        json!({
            "store": self.store,
            "rotation": self.rotation,
            "keys": self.keys,
            "calls": self.counts.calls,
            "mints": self.mints,
            "cold_mints": self.cold_mints,
            "first_try_refusals": self.first_try_refusals,
            "failures_after_retry": self.counts.failures_after_retry,
            "failures_store_down": self.counts.failures_store_down,
            "lost_refresh_tokens": self.counts.lost_refresh_tokens,
            "faults": self.faults.values().sum::<u64>(),
            "converged": self.converged,
        })
        .to_string()
    }
}
