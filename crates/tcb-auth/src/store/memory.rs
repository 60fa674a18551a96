use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, Secret, SystemClock};
use zeroize::Zeroizing;

use super::{Encoded, Loaded, StoreError, StoreErrorKind, StoreTime, TokenStore, Version};
use crate::name::Name;
use crate::{Subject, TokenKey};

/// Keeps records in the memory of one process: for tests, and for programs that can do without
/// their refresh tokens after a restart. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    records: Arc<Mutex<HeldRecords>>,
}

#[derive(Default)]
struct HeldRecords {
    of: BTreeMap<ComponentAppId, BTreeSet<Held>>,
    /// When those end that do, and the same by time.
    ends: BTreeMap<TokenKey, StoreTime>,
    next_ends: BTreeSet<(StoreTime, TokenKey)>,
}

/// A record and the key of its name in one block, for there may be very many: version, end of the
/// access part, lengths of key and lasting part, and then key, lasting part and access part, the
/// last one empty if there is none. Ordered as the keys are.
struct Held(Zeroizing<Box<[u8]>>);

/// What a block consists of.
struct Parts<'a> {
    version: Version,
    access_end: StoreTime,
    key: &'a [u8],
    lasting: &'a [u8],
    access: &'a [u8],
}

impl Held {
    /// The block of a record, unless that is too long for one.
    fn new(name: &Name, version: Version, record: &Encoded) -> Option<Self> {
        let (key, lasting) = (name.key(), record.lasting.expose().as_bytes());
        let access = record.access.as_ref();
        let (access, access_end) =
            access.map(|(text, end)| (text.expose().as_bytes(), *end)).unwrap_or_default();
        let length = |part: &[u8]| u32::try_from(part.len()).ok().map(u32::to_le_bytes);
        let block = [
            &version.to_u64().to_le_bytes()[..],
            &access_end.as_millis().to_le_bytes(),
            &length(key)?,
            &length(lasting)?,
            key,
            lasting,
            access,
        ];
        Some(Self(Zeroizing::new(block.concat().into())))
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let (version, rest) = self.0.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (lasting, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key) as usize)?;
        let (lasting, access) = rest.split_at_checked(u32::from_le_bytes(*lasting) as usize)?;
        let version = Version::from_u64(u64::from_le_bytes(*version));
        let access_end = StoreTime::from_millis(u64::from_le_bytes(*end));
        Some(Parts { version, access_end, key, lasting, access })
    }

    fn key(&self) -> &[u8] {
        self.parts().map_or(&[], |parts| parts.key)
    }
}

impl Parts<'_> {
    fn record(&self, ends_at: Option<StoreTime>) -> Encoded {
        let access = (!self.access.is_empty()).then(|| (text(self.access), self.access_end));
        Encoded { lasting: text(self.lasting), access, ends_at }
    }
}

/// What a text was that is in a block.
fn text(bytes: &[u8]) -> Secret {
    Secret::new(str::from_utf8(bytes).unwrap_or_default())
}

impl Borrow<[u8]> for Held {
    fn borrow(&self) -> &[u8] {
        self.key()
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl HeldRecords {
    /// Drops what has ended.
    fn purge(&mut self, now: StoreTime) {
        while let Some((end, _)) = self.next_ends.first()
            && *end <= now
            && let Some((_, key)) = self.next_ends.pop_first()
        {
            self.ends.remove(&key);
            if let Some(records) = self.of.get_mut(key.component()) {
                records.remove(Name::of(key.subject()).key());
            }
        }
    }

    fn get(&self, key: &TokenKey) -> Option<Parts<'_>> {
        self.of.get(key.component())?.get(Name::of(key.subject()).key())?.parts()
    }

    fn put(&mut self, key: &TokenKey, held: Held, ends_at: Option<StoreTime>) {
        self.of.entry(key.component().clone()).or_default().replace(held);
        if let Some(end) = self.ends.remove(key) {
            self.next_ends.remove(&(end, key.clone()));
        }
        self.ends.extend(ends_at.map(|end| (key.clone(), end)));
        self.next_ends.extend(ends_at.map(|end| (end, key.clone())));
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemClock), records: Arc::default() }
    }

    /// Sets another clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    fn now(&self) -> StoreTime {
        StoreTime::from(self.clock.wall())
    }

    /// What is there now.
    fn records(&self, now: StoreTime) -> MutexGuard<'_, HeldRecords> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.purge(now);
        records
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = self.records(self.now()).of.values().map(BTreeSet::len).sum::<usize>();
        f.debug_struct("MemoryStore").field("records", &records).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let now = self.now();
        let records = self.records(now);
        let ends_at = || records.ends.get(key).copied();
        let held = records.get(key).map(|parts| (parts.version, parts.record(ends_at())));
        Ok(Loaded { held, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let mut records = self.records(self.now());
        if records.get(key).map(|parts| parts.version) != expected {
            return Ok(None);
        }
        let version = Version::random();
        let held = Held::new(&Name::of(key.subject()), version, record).ok_or_else(|| {
            StoreError::new(StoreErrorKind::Unavailable).with_source("the record is too long")
        })?;
        records.put(key, held, record.ends_at);
        Ok(Some(version))
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        let records = self.records(self.now());
        let Some(records) = records.of.get(component) else { return Ok(Vec::new()) };
        let after = after.map_or(Subject::Platform, |after| Subject::Authorizer(after.clone()));
        let behind = records.range::<[u8], _>((Bound::Excluded(Name::of(&after).key()), Bound::Unbounded));
        Ok(behind.map_while(|held| Name::authorizer(held.key())).take(limit).collect())
    }
}
