use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, Secret, SystemClock};

use super::{Encoded, Loaded, StoreError, StoreTime, TokenStore, Version};
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
    of: BTreeMap<ComponentAppId, BTreeMap<Name, Held>>,
    /// Those that end, the next one first.
    ends: BTreeSet<(StoreTime, TokenKey)>,
}

/// A record in little room, for there may be very many.
struct Held {
    version: Version,
    /// The lasting part, and behind it the access part if there is one. No part is empty.
    text: Secret,
    lasting: usize,
    access_end: StoreTime,
    /// Boxed, because only codes have one.
    ends_at: Option<Box<StoreTime>>,
}

impl Held {
    fn new(version: Version, record: &Encoded) -> Self {
        let lasting = record.lasting.expose();
        let (access, access_end) = match &record.access {
            Some((text, end)) => (text.expose(), *end),
            None => ("", StoreTime::default()),
        };
        Self {
            version,
            text: [lasting, access].concat().into(),
            lasting: lasting.len(),
            access_end,
            ends_at: record.ends_at.map(Box::new),
        }
    }

    fn record(&self) -> Encoded {
        let (lasting, access) = self.text.expose().split_at_checked(self.lasting).unwrap_or_default();
        Encoded {
            lasting: lasting.into(),
            access: (!access.is_empty()).then(|| (access.into(), self.access_end)),
            ends_at: self.ends_at.as_deref().copied(),
        }
    }
}

impl HeldRecords {
    /// Drops what has ended.
    fn purge(&mut self, now: StoreTime) {
        while let Some(first) = self.ends.first()
            && first.0 <= now
        {
            if let Some(records) = self.of.get_mut(first.1.component()) {
                records.remove(&Name::of(first.1.subject()));
            }
            self.ends.pop_first();
        }
    }

    fn get(&self, key: &TokenKey) -> Option<&Held> {
        self.of.get(key.component())?.get(&Name::of(key.subject()))
    }

    fn put(&mut self, key: &TokenKey, version: Version, record: &Encoded) {
        let records = self.of.entry(key.component().clone()).or_default();
        let before = records.insert(Name::of(key.subject()), Held::new(version, record));
        if let Some(end) = before.and_then(|before| before.ends_at) {
            self.ends.remove(&(*end, key.clone()));
        }
        self.ends.extend(record.ends_at.map(|end| (end, key.clone())));
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemClock), records: Arc::default() }
    }

    /// Another clock, for tests.
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
        let records = self.records(self.now()).of.values().map(BTreeMap::len).sum::<usize>();
        f.debug_struct("MemoryStore").field("records", &records).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let now = self.now();
        let held = self.records(now).get(key).map(|held| (held.version, held.record()));
        Ok(Loaded { held, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let mut records = self.records(self.now());
        if records.get(key).map(|held| held.version) != expected {
            return Ok(None);
        }
        let version = Version::random();
        records.put(key, version, record);
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
        let behind = records.range((Bound::Excluded(Name::of(&after)), Bound::Unbounded));
        Ok(behind.map_while(|(name, _)| name.authorizer()).take(limit).collect())
    }
}
