//! Connections, and the threads on which they are used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tcb_auth::{StoreError, StoreTime};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::error::{misconfigured, unavailable};
use crate::file::{DatabaseFile, Identity};
use crate::table;
use crate::time::{Offset, Time};

/// Connections to one file. They are opened when they are needed, and kept for the next use.
pub(crate) struct Connections {
    file: Arc<DatabaseFile>,
    time: Time,
    idle: Mutex<Vec<Open>>,
}

/// A connection in use. It is closed when it is dropped.
pub(crate) struct Open {
    pub(crate) connection: Connection,
    identity: Identity,
    offset: Offset,
}

impl Connections {
    pub(crate) fn new(file: Arc<DatabaseFile>, time: Time) -> Self {
        Self { file, time, idle: Mutex::default() }
    }

    /// One that is used by nobody else.
    pub(crate) fn take(&self) -> Result<Open, StoreError> {
        let identity = self.file.identity()?;
        let idle = self.idle().pop().filter(|open| open.identity == identity);
        if let Some(open) = idle {
            return Ok(open);
        }
        let connection = table::open(&self.file)?;
        let offset = self.time.offset(&connection)?;
        Ok(Open { connection, identity, offset })
    }

    /// Takes one back that works.
    pub(crate) fn give_back(&self, open: Open) {
        self.idle().push(open);
    }

    /// Whether this one leads to the file that is there now. `SQLite` would go on with one that was
    /// deleted or replaced, and what it writes there would be lost.
    pub(crate) fn is_current(&self, open: &Open) -> bool {
        self.file.identity().is_ok_and(|identity| identity == open.identity)
    }

    /// The store's time.
    pub(crate) fn now(&self, open: &Open) -> StoreTime {
        self.time.now(open.offset)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Open>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A few connections that are used side by side. A caller that finds all of them in use waits
/// without a thread.
#[derive(Clone)]
pub(crate) struct Readers {
    connections: Arc<Connections>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(connections: Connections, width: usize) -> Self {
        Self { connections: Arc::new(connections), free: Arc::new(Semaphore::new(width)) }
    }

    /// Does `work`, which is told the store's time, on a thread that may block. It is done to its
    /// end even if the caller does not wait for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, StoreTime) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let runtime = runtime()?;
        let turn = self.free.clone().acquire_owned().await.map_err(|_| stopped())?;
        let connections = self.connections.clone();
        let done = runtime.spawn_blocking(move || {
            let open = connections.take()?;
            let outcome = work(&open.connection, connections.now(&open))?;
            connections.give_back(open);
            drop(turn);
            Ok(outcome)
        });
        done.await.unwrap_or_else(|_| Err(stopped()))
    }
}

pub(crate) fn runtime() -> Result<Handle, StoreError> {
    Handle::try_current()
        .map_err(|_| misconfigured("a SqliteStore is used outside of a tokio runtime".to_owned()))
}

pub(crate) fn stopped() -> StoreError {
    unavailable("the runtime was shut down".to_owned())
}
