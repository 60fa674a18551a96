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

/// A few connections that are used side by side. A caller that finds all of them in use waits
/// without a thread.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    file: Arc<DatabaseFile>,
    pub(crate) time: Time,
    idle: Arc<Mutex<Vec<Open>>>,
    free: Arc<Semaphore>,
}

#[derive(Debug)]
struct Open {
    connection: Connection,
    identity: Identity,
    offset: Offset,
}

impl Pool {
    /// A pool of at most `width` connections, which are opened when they are needed.
    pub(crate) fn new(file: Arc<DatabaseFile>, time: Time, width: usize) -> Self {
        Self { file, time, idle: Arc::default(), free: Arc::new(Semaphore::new(width)) }
    }

    /// Opens a first connection now, to see that it works.
    pub(crate) fn try_out(&self) -> Result<(), StoreError> {
        self.on_this_thread(|_, _| Ok(()))
    }

    /// Does `work`, which is told the store's time, on a thread that may block. It is done to its
    /// end even if the caller does not wait for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, StoreTime) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let runtime = Handle::try_current()
            .map_err(|_| misconfigured("a SqliteStore is used outside of a tokio runtime".to_owned()))?;
        let stopped = || unavailable("the runtime was shut down".to_owned());
        let turn = self.free.clone().acquire_owned().await.map_err(|_| stopped())?;
        let pool = self.clone();
        let done = runtime.spawn_blocking(move || {
            let outcome = pool.on_this_thread(work);
            drop(turn);
            outcome
        });
        done.await.unwrap_or_else(|_| Err(stopped()))
    }

    fn on_this_thread<T>(
        &self,
        work: impl FnOnce(&Connection, StoreTime) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // SQLite would go on with a file that was deleted or replaced, and what it writes there
        // would be lost.
        let identity = self.file.identity()?;
        let idle = self.idle().pop().filter(|open| open.identity == identity);
        let open = if let Some(open) = idle {
            open
        } else {
            let connection = table::open(&self.file)?;
            let offset = self.time.offset(&connection)?;
            Open { connection, identity, offset }
        };
        let outcome = work(&open.connection, self.time.now(open.offset));
        if outcome.is_ok() {
            self.idle().push(open);
        }
        outcome
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Open>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
