use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tcb_auth::{Encoded, Loaded, StoreError, StoreTime, TokenKey, TokenStore, Version};
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};

use crate::file::DatabaseFile;
use crate::lane::Lane;
use crate::table;

/// Connections that only read. They do not wait for the one that writes.
const READERS: usize = 3;

/// Keeps tokens and authorisations in one `SQLite` file, for all processes of one machine. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct SqliteStore {
    file: Arc<DatabaseFile>,
    readers: Lane,
    /// `SQLite` has one writer at a time. Those of one process come in the order in which they asked.
    writer: Lane,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens the file at `path`, or creates it; its folder has to exist. Blocks for the time that takes: some writes to the disk.
    ///
    /// A new file is readable and writable by its owner only (mode 600), and so is what `SQLite` keeps beside it (`-wal`, `-shm`).
    ///
    /// # Errors
    ///
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when the file cannot be opened or created, is another program's or of a later version of this
    /// crate, and, on Unix, when it is open to other users, belongs to another user or is a symbolic link. [`Corrupt`](tcb_auth::StoreErrorKind::Corrupt)
    /// when it is no database, or a damaged one. [`Unavailable`](tcb_auth::StoreErrorKind::Unavailable) when others keep it locked for five seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = Arc::new(DatabaseFile::open_or_create(path.as_ref())?);
        let writer = Lane::new(file.clone(), 1);
        writer.try_out()?;
        Ok(Self { readers: Lane::new(file.clone(), READERS), writer, file, clock: Arc::new(SystemClock) })
    }

    /// Another clock, for tests. Every process that shares the file has to have the same.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
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
        let (key, clock) = (key.clone(), self.clock.clone());
        let read = move |connection: &_| {
            let now = StoreTime::from(clock.wall());
            Ok(Loaded { held: table::load(connection, &key, now)?, now })
        };
        self.readers.run(read).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let (key, record, clock) = (key.clone(), record.clone(), self.clock.clone());
        let write = move |connection: &_| {
            table::swap(connection, &key, expected, &record, StoreTime::from(clock.wall()))
        };
        self.writer.run(write).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        let (component, after) = (component.clone(), after.cloned());
        let clock = self.clock.clone();
        let read = move |connection: &_| {
            let now = StoreTime::from(clock.wall());
            table::authorizers(connection, &component, after.as_ref(), limit, now)
        };
        self.readers.run(read).await
    }
}
