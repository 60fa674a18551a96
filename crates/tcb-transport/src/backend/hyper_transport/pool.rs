use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::connection::Connection;

/// How long a connection from the pool may take to get ready. A new one is seldom there much
/// sooner.
const PATIENCE: Duration = Duration::from_millis(20);

/// Connections that wait for a request. All lead to one host, so that nothing has to be looked up.
///
/// The one that was used last is used next, so that those above what the load needs get old and are
/// closed. How old, a sweep tells by moving them down a step twice in their time, so that no call
/// has to look at a clock.
pub(super) struct Pool {
    idle: Mutex<Idle>,
    keep: Duration,
}

#[derive(Default)]
struct Idle {
    /// Used since the last sweep.
    recent: Vec<Connection>,
    /// Not used since then.
    older: Vec<Connection>,
    /// Sweeps as long as there is anything to be swept.
    sweep: Option<JoinHandle<()>>,
}

impl Pool {
    /// A pool that keeps a connection for `keep` after its last request, and half of that at least.
    pub(super) fn new(keep: Duration) -> Arc<Self> {
        Arc::new(Self { idle: Mutex::default(), keep })
    }

    /// The connection that was used last, of those that can take a request.
    pub(super) async fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle().pop()?;
            if connection.is_ready() {
                return Some(connection);
            }
            // Its own task may only have to run once more; but one that was answered before it had
            // sent its whole request may take for ever.
            if let Ok(Ok(())) = tokio::time::timeout(PATIENCE, connection.ready()).await {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last answer has been read to its end.
    pub(super) fn put(self: &Arc<Self>, connection: Connection) {
        let mut idle = self.idle();
        idle.recent.push(connection);
        // A runtime that has ended has taken its tasks along.
        if idle.sweep.as_ref().is_none_or(JoinHandle::is_finished) {
            idle.sweep = Some(tokio::spawn(sweep(Arc::downgrade(self), self.keep / 2)));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // A panic cannot leave it half changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn pop(&mut self) -> Option<Connection> {
        self.recent.pop().or_else(|| self.older.pop())
    }
}

/// Closes what was not used for two sweeps, until there is nothing left or the pool is gone.
async fn sweep(pool: Weak<Pool>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.idle();
        idle.older = mem::take(&mut idle.recent);
        if idle.older.is_empty() {
            idle.sweep = None;
            return;
        }
    }
}
