use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;

use super::{Entry, Tick};
use crate::Subject;
use crate::name::Name;

/// The tokens at hand, in a bounded map. An idle key has no lock, no timer and no task of its own,
/// and no lock is held across an await.
///
/// The map is a clock: when it is full, a hand goes round it, takes the marks of the entries that
/// have been looked at, and forgets the first that has none. A new entry has one, for the hand
/// may be about to reach it.
#[derive(Debug)]
pub(crate) struct TokenMap {
    shards: Vec<RwLock<Shard>>,
    /// The ids come from WeChat, so nobody chooses them to collide, and a fast hash will do.
    hasher: RandomState,
    capacity: usize,
    held: AtomicUsize,
    /// Room is made when there are more than so many: the capacity, or more after nothing could be
    /// forgotten, so that not every new entry looks at all others in vain.
    limit: AtomicUsize,
    /// The shard in which the hand is.
    hand: AtomicUsize,
}

/// The slots are boxed, because a table is half empty after it has grown, and a million of them may
/// be here. No two shards are in one cache line: to lock one must not slow the next.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    slots: HashTable<Box<Slot>>,
    /// Where the hand is in the table.
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    name: Name,
    entry: Entry,
}

impl TokenMap {
    const SHARDS: usize = 64;

    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            shards: std::iter::repeat_with(RwLock::default).take(Self::SHARDS).collect(),
            hasher: RandomState::default(),
            capacity,
            held: AtomicUsize::new(0),
            limit: AtomicUsize::new(capacity),
            hand: AtomicUsize::new(0),
        }
    }

    fn hash(&self, name: &[u8]) -> u64 {
        self.hasher.hash_one(name)
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // Other bits choose within the shard's own table.
        &self.shards[(hash >> 32) as usize % Self::SHARDS]
    }

    /// Looks at the entry of `subject`, if there is one.
    pub(crate) fn read<R>(&self, subject: &Subject, read: impl FnOnce(Option<&Entry>) -> R) -> R {
        let hash = self.hash(subject.name().as_bytes());
        // A panic cannot leave an entry half changed: every change is a plain assignment.
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        let slot = shard.slots.find(hash, |slot| slot.name.is_of(subject));
        let entry = slot.map(|slot| &slot.entry);
        if let Some(entry) = entry {
            entry.touch();
        }
        read(entry)
    }

    /// Changes the entry of `subject`, making one if need be.
    pub(crate) fn update<R>(&self, subject: &Subject, now: Tick, update: impl FnOnce(&mut Entry) -> R) -> R {
        let hash = self.hash(subject.name().as_bytes());
        let mut shard = write(self.shard(hash));
        let is_of = |slot: &Slot| slot.name.is_of(subject);
        let rehash = |slot: &Slot| self.hash(slot.name.as_bytes());
        let place = match shard.slots.entry(hash, |slot| is_of(slot), |slot| rehash(slot)) {
            Place::Occupied(place) => return update(&mut place.into_mut().entry),
            Place::Vacant(place) => place,
        };
        let mut slot = Box::new(Slot { name: Name::of(subject), entry: Entry::default() });
        slot.entry.touch();
        let updated = update(&mut slot.entry);
        place.insert(slot);
        drop(shard);
        if self.held.fetch_add(1, Ordering::Relaxed) >= self.limit.load(Ordering::Relaxed) {
            self.make_room(now);
        }
        updated
    }

    /// Changes the entry of `subject`, if there is one.
    pub(crate) fn update_existing<R>(
        &self,
        subject: &Subject,
        update: impl FnOnce(&mut Entry) -> R,
    ) -> Option<R> {
        let hash = self.hash(subject.name().as_bytes());
        let mut shard = write(self.shard(hash));
        let slot = shard.slots.find_mut(hash, |slot| slot.name.is_of(subject));
        slot.map(|slot| update(&mut slot.entry))
    }

    /// Forgets as many entries as there are too many. Those that may not go stay, and the map is
    /// larger then.
    fn make_room(&self, now: Tick) {
        // The first round may only take marks, and it begins in the midst of a shard.
        let mut shards_left = 2 * Self::SHARDS + 1;
        while shards_left > 0 && self.held.load(Ordering::Relaxed) > self.capacity {
            let hand = self.hand.load(Ordering::Relaxed);
            if write(&self.shards[hand]).forget_one(now) {
                self.held.fetch_sub(1, Ordering::Relaxed);
            } else {
                self.hand.store((hand + 1) % Self::SHARDS, Ordering::Relaxed);
                shards_left -= 1;
            }
        }
        let room = self.held.load(Ordering::Relaxed) <= self.capacity;
        let larger = self.held.load(Ordering::Relaxed).saturating_add(self.capacity / 16);
        self.limit.store(if room { self.capacity } else { larger }, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().map_or(0, |shard| shard.slots.len())).sum()
    }
}

fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    /// Moves the hand on, and forgets an entry: the first without a mark, or one a little further
    /// on that is of no use any more. Returns whether there was one before the hand was at the end.
    fn forget_one(&mut self, now: Tick) -> bool {
        const FURTHER: usize = 32;
        let ended = |slot: &Slot| slot.entry.may_go(now) && slot.entry.has_ended(now);
        let victim = loop {
            if self.hand >= self.slots.num_buckets() {
                self.hand = 0;
                return false;
            }
            match self.slots.get_bucket(self.hand) {
                Some(slot) if ended(slot) || (slot.entry.may_go(now) && !slot.entry.take_touch()) => {
                    let further = self.hand..self.hand.saturating_add(FURTHER);
                    let is_ended = |index: &usize| self.slots.get_bucket(*index).is_some_and(|it| ended(it));
                    break further.into_iter().find(is_ended).unwrap_or(self.hand);
                }
                _ => self.hand += 1,
            }
        };
        let place = self.slots.get_bucket_entry(victim);
        place.map(|place| drop(place.remove())).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::AccessToken;
    use crate::cache::{CachePolicy, Now, Refreshed};

    fn start() -> Now {
        Now { monotonic: Tick::from_millis(1_000_000), wall: Tick::from_millis(1_000_000_000) }
    }

    fn subject(number: usize) -> Subject {
        Subject::Authorizer(format!("wx{number:016x}").into())
    }

    /// Puts a token at hand.
    fn put(map: &TokenMap, subject: &Subject, life: Duration, unsaved: bool) {
        let now = start();
        let refreshed = Refreshed {
            token: AccessToken::new("t"),
            generation: 1,
            left: life,
            life,
            at: now,
            contested: None,
            unsaved,
            after_rejection: false,
        };
        map.update(subject, now.monotonic, |entry| entry.publish(refreshed, now, &CachePolicy::default()));
    }

    fn holds(map: &TokenMap, subject: &Subject) -> bool {
        map.read(subject, |entry| entry.is_some_and(|entry| entry.cached().is_some()))
    }

    /// Asks for the tokens of all, and returns how many were at hand.
    fn pass(map: &TokenMap, of: impl Iterator<Item = usize>) -> usize {
        const LIFE: Duration = Duration::from_secs(7200);
        of.filter(|number| {
            let held = holds(map, &subject(*number));
            if !held {
                put(map, &subject(*number), LIFE, false);
            }
            held
        })
        .count()
    }

    #[test]
    fn the_map_is_bounded() {
        for capacity in [1, 10, 640] {
            let map = TokenMap::new(capacity);
            pass(&map, 0..10_000);
            assert_eq!((map.len(), map.held.load(Ordering::Relaxed)), (capacity, capacity));
        }
    }

    #[test]
    fn what_is_not_in_the_store_is_not_forgotten() {
        let map = TokenMap::new(20);
        for number in 0..200 {
            put(&map, &subject(number), Duration::ZERO, true);
        }
        pass(&map, 200..1000);
        assert!((0..200).all(|number| holds(&map, &subject(number))));
        for number in 0..200 {
            map.update_existing(&subject(number), |entry| entry.saved(1));
        }
        pass(&map, 1000..1100);
        assert_eq!(map.len(), 20, "it shrinks again");
    }

    #[test]
    fn a_working_set_that_fits_is_at_hand_in_its_second_pass() {
        let map = TokenMap::new(100_000);
        pass(&map, 0..100_000);
        let working = || 200_000..290_000;
        pass(&map, working());
        let hits = pass(&map, working());
        assert!(hits >= 89_910, "{hits} of 90,000");
        assert_eq!(map.len(), 100_000);
    }

    #[test]
    fn what_is_looked_at_stays_when_others_come_once() {
        let map = TokenMap::new(1000);
        pass(&map, 0..1000);
        for once in 0..100 {
            pass(&map, (0..1).chain(1000 + once * 100..1100 + once * 100));
            assert!(holds(&map, &subject(0)), "after {once}");
        }
    }

    #[test]
    fn what_has_ended_goes_first() {
        let map = TokenMap::new(1000);
        for number in 0..1000 {
            let life = Duration::from_secs(if number % 10 == 0 { 0 } else { 7200 });
            put(&map, &subject(number), life, false);
        }
        pass(&map, 1000..1050);
        let lost = (0..1000).filter(|number| !holds(&map, &subject(*number))).collect::<Vec<_>>();
        assert_eq!(lost.len(), 50);
        let live = lost.iter().filter(|number| *number % 10 != 0).count();
        assert!(live <= 5, "{live} that lived went, and 50 had ended");
    }
}
