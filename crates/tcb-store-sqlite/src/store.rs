use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tcb_auth::{Encoded, Loaded, StoreError, TokenKey, TokenStore, Version};
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};

use crate::file::DatabaseFile;
use crate::pool::{Connections, Readers};
use crate::table;
use crate::time::{Time, Uptime};
use crate::writer::Writer;

/// Connections that only read. They do not wait for the one that writes.
const READERS: usize = 3;

/// Keeps tokens and authorisations in one `SQLite` file, for all processes of one machine. Cheap to
/// clone; all clones share one state.
#[derive(Clone)]
pub struct SqliteStore {
    file: Arc<DatabaseFile>,
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file at `path`, or creates it; its folder has to exist. It blocks for a few writes
    /// to the disk.
    ///
    /// A new file is readable and writable by its owner only (mode 600), and so is what `SQLite`
    /// keeps beside it (`-wal`, `-shm`).
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when the file cannot be opened or
    /// created, belongs to another program or to a later version of this crate, and, on Unix, when
    /// it is open to other users, belongs to another user or is a symbolic link.
    /// [`Corrupt`](tcb_auth::StoreErrorKind::Corrupt) when it is not a database, or a damaged one.
    /// [`Unavailable`](tcb_auth::StoreErrorKind::Unavailable) when other processes keep it locked
    /// for five seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, Time { wall: Arc::new(SystemClock), uptime: Uptime::of_the_machine() })
    }

    pub(crate) fn open_with(path: impl AsRef<Path>, time: Time) -> Result<Self, StoreError> {
        let store = Self::over(Arc::new(DatabaseFile::open_or_create(path.as_ref())?), time);
        store.writer.try_out()?;
        Ok(store)
    }

    fn over(file: Arc<DatabaseFile>, time: Time) -> Self {
        let writer = Writer::new(Connections::new(file.clone(), time.clone()));
        Self { readers: Readers::new(Connections::new(file.clone(), time), READERS), writer, file }
    }

    /// Sets another clock, for tests: its wall clock is the store's time. Every process that shares
    /// the file has to use the same one.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self::over(self.file, Time { wall: Arc::new(clock), uptime: None })
    }

    /// How many transactions this store and its clones have committed. Swaps that wait at the same
    /// time share one, so this is how often the disk was waited for.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.file.path()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenStore for SqliteStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let key = key.clone();
        let read = move |connection: &_, now| Ok(Loaded { held: table::load(connection, &key, now)?, now });
        self.readers.run(read).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        self.writer.swap(key.clone(), expected, record.clone()).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        let (component, after) = (component.clone(), after.cloned());
        let read =
            move |connection: &_, now| table::authorizers(connection, &component, after.as_ref(), limit, now);
        self.readers.run(read).await
    }
}
