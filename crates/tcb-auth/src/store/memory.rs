use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};

use super::{Encoded, Loaded, StoreError, StoreTime, TokenStore, Version};
use crate::TokenKey;

/// Keeps records in the memory of one process: for tests, and for programs that can do without
/// their refresh tokens after a restart. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    records: Arc<Mutex<HeldRecords>>,
}

#[derive(Default)]
struct HeldRecords {
    held: BTreeMap<TokenKey, (Version, Encoded)>,
    /// Those that end, the next one first.
    ends: BTreeSet<(StoreTime, TokenKey)>,
}

impl HeldRecords {
    /// Drops what has ended.
    fn purge(&mut self, now: StoreTime) {
        while let Some(first) = self.ends.first()
            && first.0 <= now
        {
            self.held.remove(&first.1);
            self.ends.pop_first();
        }
    }

    fn put(&mut self, key: &TokenKey, version: Version, record: &Encoded) {
        let before = self.held.insert(key.clone(), (version, record.clone()));
        if let Some(end) = before.and_then(|(_, before)| before.ends_at) {
            self.ends.remove(&(end, key.clone()));
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
        let records = self.records(self.now()).held.len();
        f.debug_struct("MemoryStore").field("records", &records).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let now = self.now();
        let held = self.records(now).held.get(key).cloned();
        Ok(Loaded { held, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let mut records = self.records(self.now());
        if records.held.get(key).map(|(version, _)| *version) != expected {
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
        let of_component = records.held.keys().filter(|key| key.component() == component);
        let accounts = of_component.filter_map(TokenKey::authorizer);
        Ok(accounts.filter(|app_id| after.is_none_or(|after| *app_id > after)).take(limit).cloned().collect())
    }
}
