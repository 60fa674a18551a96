use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};

use super::{Loaded, Record, StoreError, StoreTime, TokenStore, Version};
use crate::{Subject, TokenKey};

/// Keeps records in the memory of one process: for tests, and for programs that can do without their refresh tokens after a restart.
/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    records: Arc<Mutex<BTreeMap<TokenKey, (Version, Record)>>>,
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

    fn records(&self) -> MutexGuard<'_, BTreeMap<TokenKey, (Version, Record)>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.records().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let held = self.records().get(key).cloned();
        Ok(Loaded { held, now: StoreTime::from(self.clock.wall()) })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Option<Version>, StoreError> {
        let mut records = self.records();
        if records.get(key).map(|(version, _)| *version) != expected {
            return Ok(None);
        }
        let version = Version::random();
        records.insert(key.clone(), (version, record.clone()));
        Ok(Some(version))
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        let records = self.records();
        let of_component = records.keys().filter(|key| key.component() == component);
        let accounts = of_component.filter_map(|key| match key.subject() {
            Subject::Platform => None,
            Subject::Authorizer(app_id) => Some(app_id),
        });
        Ok(accounts.filter(|app_id| after.is_none_or(|after| *app_id > after)).take(limit).cloned().collect())
    }
}
