//! The pushes that came lately, so that each of them takes effect once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::answer::HttpAnswer;
use crate::crypto::Signature;

/// How a push was answered, once it was taken in. Whoever handles the push holds the lock, so that
/// a duplicate waits for the outcome, and handles the push itself when there is none: because the
/// first one failed, panicked or was dropped halfway.
pub(crate) type KnownAnswer = Arc<tokio::sync::Mutex<Option<HttpAnswer>>>;

/// Outcomes by signature. An entry goes when its timestamp leaves the window, for then the window
/// refuses the duplicate.
pub(crate) struct Seen {
    /// Most entries that are kept.
    limit: usize,
    pushes: Mutex<Pushes>,
}

#[derive(Default)]
struct Pushes {
    outcomes: HashMap<[u8; 20], KnownAnswer>,
    /// The same signatures by the timestamps of their pushes.
    by_time: BTreeSet<(u64, [u8; 20])>,
}

impl Seen {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, pushes: Mutex::default() }
    }

    /// The outcome of the push with this signature, which is empty for a new one.
    ///
    /// `timestamp` is the push's own, `oldest` the earliest that the window lets pass, both in Unix
    /// seconds. A new push always finds room: where there is none, the push with the earliest
    /// timestamp is forgotten.
    pub(crate) fn outcome(&self, signature: Signature, timestamp: u64, oldest: u64) -> KnownAnswer {
        let signature = signature.bytes();
        let mut pushes = self.pushes.lock().unwrap_or_else(PoisonError::into_inner);
        while pushes.by_time.first().is_some_and(|(timestamp, _)| *timestamp < oldest) {
            pushes.forget_first();
        }
        if let Some(known) = pushes.outcomes.get(&signature) {
            return Arc::clone(known);
        }
        while pushes.outcomes.len() >= self.limit && pushes.forget_first() {}
        let outcome = KnownAnswer::default();
        pushes.outcomes.insert(signature, Arc::clone(&outcome));
        pushes.by_time.insert((timestamp, signature));
        outcome
    }
}

impl Pushes {
    /// Whether there was one.
    fn forget_first(&mut self) -> bool {
        let first = self.by_time.pop_first();
        first.is_some_and(|(_, signature)| self.outcomes.remove(&signature).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(number: u64) -> Signature {
        Signature::parse(&format!("{number:040x}")).unwrap()
    }

    /// Whether the cache still knows what it said of this push.
    fn knows(seen: &Seen, number: u64, timestamp: u64, outcome: &KnownAnswer) -> bool {
        Arc::ptr_eq(&seen.outcome(signature(number), timestamp, 0), outcome)
    }

    fn len(seen: &Seen) -> (usize, usize) {
        let pushes = seen.pushes.lock().unwrap();
        (pushes.outcomes.len(), pushes.by_time.len())
    }

    #[test]
    fn a_push_is_known_by_its_signature_whatever_its_timestamp() {
        let seen = Seen::new(10);
        let outcome = seen.outcome(signature(1), 100, 0);
        assert!(knows(&seen, 1, 100, &outcome));
        assert!(knows(&seen, 1, 999, &outcome));
        assert!(!knows(&seen, 2, 100, &outcome));
        assert_eq!(len(&seen), (2, 2));
    }

    #[test]
    fn entries_go_with_the_window_and_not_before() {
        let seen = Seen::new(100);
        let kept: Vec<KnownAnswer> =
            (0..50).map(|number| seen.outcome(signature(number), number, 0)).collect();
        seen.outcome(signature(50), 50, 20);
        assert_eq!(len(&seen), (31, 31));
        assert!(knows(&seen, 20, 20, &kept[20]));
        assert!(!knows(&seen, 19, 19, &kept[19]));
    }

    #[test]
    fn a_full_cache_takes_a_new_push_and_forgets_the_earliest() {
        let seen = Seen::new(3);
        let kept: Vec<KnownAnswer> =
            [30, 10, 20].iter().map(|time| seen.outcome(signature(*time), *time, 0)).collect();
        // Even one that is earlier than all the others is remembered.
        let new = seen.outcome(signature(5), 5, 0);
        assert_eq!(len(&seen), (3, 3));
        assert!(knows(&seen, 5, 5, &new));
        assert!(knows(&seen, 30, 30, &kept[0]));
        assert!(knows(&seen, 20, 20, &kept[2]));
        assert!(!knows(&seen, 10, 10, &kept[1]));
    }

    #[test]
    fn any_number_of_pushes_takes_no_more_room_than_the_limit() {
        let seen = Seen::new(8);
        for number in 0..50_000 {
            seen.outcome(signature(number), 1_700_000_000, 0);
        }
        assert_eq!(len(&seen), (8, 8));
    }
}
