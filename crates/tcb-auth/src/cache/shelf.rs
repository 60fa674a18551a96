use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use foldhash::fast::RandomState;

use tcb_types::Moment as _;

use super::CachePolicy;
use super::classify::{Decision, Lease, Now, classify};
use crate::{AccessToken, AuthError, Subject};

/// The tokens at hand, in a bounded map. An idle key has no lock, no timer and no task of its own, and no lock is held across an
/// await.
#[derive(Debug)]
pub(crate) struct Shelf {
    shards: Vec<RwLock<Shard>>,
    per_shard: usize,
    hasher: RandomState,
}

/// The ids come from WeChat, so nobody chooses them to collide, and a fast hash will do. The slots are boxed, because a map is half
/// empty after it has grown, and a million of them may be here.
type Shard = HashMap<Subject, Box<Slot>, RandomState>;

/// What is known about one key.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) cached: Option<Cached>,
    /// Boxed, because few have one.
    pub(crate) failure: Option<Box<Failure>>,
    /// When a token came here last because the one before it was rejected.
    pub(crate) last_rejection: Option<Instant>,
    /// Has been looked at since the hand of the clock came by.
    touched: AtomicBool,
}

/// A token at hand.
#[derive(Clone, Debug)]
pub(crate) struct Cached {
    pub(crate) token: AccessToken,
    pub(crate) generation: u64,
    pub(crate) lease: Lease,
    pub(crate) since: Instant,
    /// It is not in the store yet, so it must not be forgotten.
    pub(crate) pinned: bool,
}

/// The last refresh that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: AuthError,
    pub(crate) until: Instant,
    pub(crate) count: u32,
    /// From here on the store is looked at again, whether another process has a token.
    pub(crate) look_at: Instant,
}

impl Slot {
    pub(crate) fn decide(&self, now: Now) -> Decision {
        let lease = self.cached.as_ref().map(|cached| &cached.lease);
        classify(lease, self.failure.as_ref().map(|failure| failure.until), now)
    }

    /// The server refused `token`. Answers whether the token is young, when it is this one that is at hand and no rejection has caused a refresh a
    /// moment ago.
    pub(crate) fn reject(&mut self, token: &AccessToken, now: Instant, policy: &CachePolicy) -> Option<bool> {
        let last = self.last_rejection.map(|last| now.saturating_duration_since(last));
        if last.is_some_and(|ago| ago < policy.rejection_interval) {
            return None;
        }
        let cached =
            self.cached.as_mut().filter(|cached| cached.token == *token && !cached.lease.rejected)?;
        cached.lease.rejected = true;
        Some(now.saturating_duration_since(cached.since) < policy.young)
    }

    pub(crate) fn is_rejected(&self, token: &AccessToken) -> bool {
        self.cached.as_ref().is_some_and(|cached| cached.token == *token && cached.lease.rejected)
    }

    /// Remembers a failed refresh, with the pause that its error asks for or else one that fits its kind. Answers the error with that pause.
    pub(crate) fn fail(&mut self, error: AuthError, now: Now, policy: &CachePolicy) -> AuthError {
        let count = self.failure.take().map_or(0, |failure| failure.count).saturating_add(1);
        let usable = !matches!(self.decide(now), Decision::Wait | Decision::WaitOrServe);
        let pause = error.retry_after().unwrap_or_else(|| policy.pause_after(&error, count, usable));
        self.failure = Some(Box::new(Failure {
            error: error.clone(),
            until: now.monotonic.later_by(pause),
            count,
            look_at: now.monotonic.later_by(policy.store_pause),
        }));
        error.retry_in(pause)
    }

    /// Whether forgetting it costs no more than a look into the store.
    fn may_go(&self, now: Instant) -> bool {
        self.cached.as_ref().is_none_or(|cached| !cached.pinned)
            && self.failure.as_ref().is_none_or(|failure| failure.until <= now)
    }
}

impl Failure {
    /// Its error, with what is left of its pause.
    pub(crate) fn error_at(&self, now: Now) -> AuthError {
        self.error.clone().retry_in(self.until.saturating_duration_since(now.monotonic))
    }
}

impl Shelf {
    const SHARDS: usize = 64;

    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            shards: std::iter::repeat_with(RwLock::default).take(Self::SHARDS).collect(),
            per_shard: capacity.div_ceil(Self::SHARDS).max(1),
            hasher: RandomState::default(),
        }
    }

    fn shard(&self, subject: &Subject) -> &RwLock<Shard> {
        let hash = self.hasher.hash_one(subject);
        // The low bits choose within the shard's own map.
        &self.shards[(hash >> 32) as usize % Self::SHARDS]
    }

    /// Looks at the slot of `subject`, if there is one.
    pub(crate) fn look<R>(&self, subject: &Subject, look: impl FnOnce(Option<&Slot>) -> R) -> R {
        // A panic cannot leave a slot half changed: every change is a plain assignment.
        let shard = self.shard(subject).read().unwrap_or_else(PoisonError::into_inner);
        let slot = shard.get(subject).map(Box::as_ref);
        if let Some(slot) = slot {
            slot.touched.store(true, Ordering::Relaxed);
        }
        look(slot)
    }

    /// Changes the slot of `subject`, making one if need be.
    pub(crate) fn change<R>(
        &self,
        subject: &Subject,
        now: Instant,
        change: impl FnOnce(&mut Slot) -> R,
    ) -> R {
        let mut shard = self.shard(subject).write().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(subject) && shard.len() >= self.per_shard {
            make_room(&mut shard, now);
        }
        change(shard.entry(subject.clone()).or_default())
    }

    /// Changes the slot of `subject`, if there is one.
    pub(crate) fn change_if_there(&self, subject: &Subject, change: impl FnOnce(&mut Slot)) {
        let mut shard = self.shard(subject).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = shard.get_mut(subject) {
            change(slot);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().map_or(0, |shard| shard.len())).sum()
    }
}

/// Forgets one slot that nobody has looked at lately. When all have been, or none may go, the map grows by one.
fn make_room(shard: &mut Shard, now: Instant) {
    const LOOKS: usize = 16;
    let victim = shard
        .iter()
        .take(LOOKS)
        .filter(|(_, slot)| slot.may_go(now))
        .find(|(_, slot)| !slot.touched.swap(false, Ordering::Relaxed))
        .or_else(|| shard.iter().find(|(_, slot)| slot.may_go(now)))
        .map(|(subject, _)| subject.clone());
    if let Some(victim) = victim {
        shard.remove(&victim);
    }
}

#[cfg(test)]
mod tests {
    use tcb_types::{Clock, SystemClock};

    use super::*;

    #[test]
    fn the_shelf_is_bounded() {
        let shelf = Shelf::new(640);
        let now = SystemClock.monotonic();
        for number in 0..10_000 {
            shelf.change(&Subject::Authorizer(format!("wx{number}").into()), now, |_| ());
        }
        assert!(shelf.len() <= 640, "{}", shelf.len());
    }

    #[test]
    fn what_is_not_in_the_store_is_not_forgotten() {
        let shelf = Shelf::new(1);
        let now = SystemClock.monotonic();
        let subject = |number: u32| Subject::Authorizer(format!("wx{number}").into());
        let lease = Lease {
            monotonic_deadline: now,
            wall_deadline: SystemClock.wall(),
            refresh_ahead: std::time::Duration::ZERO,
            mandatory: std::time::Duration::ZERO,
            verify_at: now,
            settle_at: None,
            store_failed: false,
            rejected: false,
        };
        let pinned = Cached { token: AccessToken::new("t"), generation: 1, lease, since: now, pinned: true };
        for number in 0..200 {
            shelf.change(&subject(number), now, |slot| slot.cached = Some(pinned.clone()));
        }
        for number in 200..1000 {
            shelf.change(&subject(number), now, |_| ());
        }
        for number in 0..200 {
            assert!(
                shelf.look(&subject(number), |slot| slot.is_some_and(|slot| slot.cached.is_some())),
                "{number}"
            );
        }
    }
}
