//! When calls may fail: while the store cannot be used, and until what it lost has been brought
//! back.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::log::now;

/// How long a store that works again may still be left alone, by who has seen it fail.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// A call that failed after all its attempts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FailedCall {
    pub(crate) cause: Cause,
    /// When it began and ended, in milliseconds of the machine's clock.
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    /// What the caller was told.
    pub(crate) error: String,
}

/// What a failure looks like to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// The store could not be used.
    StoreDown,
    /// The store knows nothing of the merchant, or of the ticket.
    Forgotten,
    Other,
}

/// All times of trouble with the store.
#[derive(Default)]
pub(crate) struct Outages(Mutex<Vec<Outage>>);

struct Outage {
    /// The worker that it concerns; all of them if none is named.
    worker: Option<usize>,
    /// What it excuses.
    cause: Cause,
    from: u64,
    until: u64,
}

impl Outages {
    /// One begins now, and lasts until it is said to have ended.
    pub(crate) fn begin(&self, worker: Option<usize>, cause: Cause) {
        self.0.lock().unwrap().push(Outage { worker, cause, from: now(), until: u64::MAX });
    }

    /// All that last end now.
    pub(crate) fn end(&self) {
        let now = now();
        for outage in self.0.lock().unwrap().iter_mut() {
            outage.until = outage.until.min(now);
        }
    }

    /// Whether an outage explains that a call of this worker failed.
    pub(crate) fn excuse(&self, worker: usize, failed: &FailedCall) -> bool {
        let afterwards = u64::try_from(AFTERWARDS.as_millis()).unwrap();
        self.0.lock().unwrap().iter().any(|outage| {
            outage.worker.is_none_or(|concerned| concerned == worker)
                && outage.cause == failed.cause
                && failed.ended >= outage.from
                && failed.begun <= outage.until.saturating_add(afterwards)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_excused_only_by_an_outage_of_its_kind_and_time_and_worker() {
        let outages = Outages::default();
        outages.begin(Some(1), Cause::StoreDown);
        outages.end();
        let now = now();
        let at = |worker, cause, begun, ended| {
            outages.excuse(worker, &FailedCall { cause, begun, ended, error: String::new() })
        };
        assert!(at(1, Cause::StoreDown, now - 1000, now + 100));
        assert!(at(1, Cause::StoreDown, now + 500, now + 600), "just afterwards");
        assert!(!at(0, Cause::StoreDown, now, now), "another worker");
        assert!(!at(1, Cause::Forgotten, now, now) && !at(1, Cause::Other, now, now), "another failure");
        assert!(!at(1, Cause::StoreDown, now - 2000, now - 1000), "before");
        assert!(!at(1, Cause::StoreDown, now + 2000, now + 3000), "long after");
    }
}
