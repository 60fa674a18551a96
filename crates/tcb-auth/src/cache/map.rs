use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;

use super::{Entry, Tick};
use crate::Subject;

/// The tokens at hand, in a bounded map. An idle key has no lock, no timer and no task of its own,
/// and no lock is held across an await.
#[derive(Debug)]
pub(crate) struct TokenMap {
    shards: Vec<RwLock<Shard>>,
    per_shard: usize,
    hasher: RandomState,
}

/// The ids come from WeChat, so nobody chooses them to collide, and a fast hash will do. The
/// entries are boxed, because a map is half empty after it has grown, and a million of them may be
/// here.
type Shard = HashMap<Subject, Box<Entry>, RandomState>;

impl TokenMap {
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

    /// Looks at the entry of `subject`, if there is one.
    pub(crate) fn read<R>(&self, subject: &Subject, read: impl FnOnce(Option<&Entry>) -> R) -> R {
        // A panic cannot leave an entry half changed: every change is a plain assignment.
        let shard = self.shard(subject).read().unwrap_or_else(PoisonError::into_inner);
        let entry = shard.get(subject).map(Box::as_ref);
        if let Some(entry) = entry {
            entry.touch();
        }
        read(entry)
    }

    /// Changes the entry of `subject`, making one if need be.
    pub(crate) fn update<R>(&self, subject: &Subject, now: Tick, update: impl FnOnce(&mut Entry) -> R) -> R {
        let mut shard = self.shard(subject).write().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(subject) && shard.len() >= self.per_shard {
            make_room(&mut shard, now);
        }
        update(shard.entry(subject.clone()).or_default())
    }

    /// Changes the entry of `subject`, if there is one.
    pub(crate) fn update_existing<R>(
        &self,
        subject: &Subject,
        update: impl FnOnce(&mut Entry) -> R,
    ) -> Option<R> {
        let mut shard = self.shard(subject).write().unwrap_or_else(PoisonError::into_inner);
        shard.get_mut(subject).map(|entry| update(entry))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().map_or(0, |shard| shard.len())).sum()
    }
}

/// Forgets one entry that nobody has looked at lately. When all have been, or none may go, the map
/// grows by one.
fn make_room(shard: &mut Shard, now: Tick) {
    const LOOKS: usize = 16;
    let victim = shard
        .iter()
        .take(LOOKS)
        .filter(|(_, entry)| entry.may_go(now))
        .find(|(_, entry)| !entry.take_touch())
        .or_else(|| shard.iter().find(|(_, entry)| entry.may_go(now)))
        .map(|(subject, _)| subject.clone());
    if let Some(victim) = victim {
        shard.remove(&victim);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::AccessToken;
    use crate::cache::{CachePolicy, Now, Refreshed};

    #[test]
    fn the_map_is_bounded() {
        let map = TokenMap::new(640);
        let now = Tick::from_millis(1);
        for number in 0..10_000 {
            map.update(&Subject::Authorizer(format!("wx{number}").into()), now, |_| ());
        }
        assert!(map.len() <= 640, "{}", map.len());
    }

    #[test]
    fn what_is_not_in_the_store_is_not_forgotten() {
        let map = TokenMap::new(1);
        let now = Now { monotonic: Tick::from_millis(1), wall: Tick::from_millis(1) };
        let policy = CachePolicy::default();
        let subject = |number: u32| Subject::Authorizer(format!("wx{number}").into());
        for number in 0..200 {
            let unsaved = Refreshed {
                token: AccessToken::new("t"),
                generation: 1,
                left: Duration::ZERO,
                life: Duration::ZERO,
                at: now,
                contested: None,
                unsaved: true,
                after_rejection: false,
            };
            map.update(&subject(number), now.monotonic, |entry| {
                entry.publish(unsaved, now, &policy);
            });
        }
        for number in 200..1000 {
            map.update(&subject(number), now.monotonic, |_| ());
        }
        for number in 0..200 {
            let held =
                map.read(&subject(number), |entry| entry.is_some_and(|entry| entry.cached().is_some()));
            assert!(held, "{number}");
        }
    }
}
