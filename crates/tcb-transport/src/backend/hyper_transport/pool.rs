use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::Uri;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::BoxError;
use super::super::options::HttpOptions;
use super::super::sending::Sending;
use super::alarm::Alarm;
use super::connection::Connection;
use super::connector::Connector;

/// How long a connection from the pool may take to get ready. A new one is seldom there much
/// sooner.
const PATIENCE: Duration = Duration::from_millis(20);

/// All connections of a backend, of which there are never more than its limit. The idle ones lead
/// to one host, so that nothing has to be looked up.
///
/// The one that was used last is used next, so that those above what the load needs get old and are
/// closed. How old, a sweep tells by moving them down a step twice in their time, so that no call
/// has to look at a clock.
pub(super) struct Pool {
    pub(super) connector: Connector,
    state: Mutex<State>,
    keep: Duration,
    /// How many there may be.
    most: usize,
    /// How many there should be, busy or not.
    warm: usize,
}

#[derive(Default)]
struct State {
    /// Used since the last sweep.
    recent: Vec<Idle>,
    /// Not used since then.
    older: Vec<Idle>,
    /// How many there are, idle, lent and on their way.
    open: usize,
    /// Who waits for one, first come, first served. Where there is a line, nothing is idle.
    line: VecDeque<oneshot::Sender<Lent>>,
    /// Sweeps as long as there is anything to be swept.
    sweep: Option<JoinHandle<()>>,
}

/// A connection that nobody uses, and the alarm of those who did.
struct Idle {
    connection: Connection,
    alarm: Option<Alarm>,
}

impl Pool {
    /// A pool that keeps a connection for a time after its last request, and half of that at least.
    pub(super) fn new(connector: Connector, options: &HttpOptions) -> Arc<Self> {
        let most = options.max_connections.max(1);
        Arc::new(Self {
            connector,
            state: Mutex::default(),
            keep: options.pool_idle_timeout,
            most,
            warm: options.warm_connections.min(most),
        })
    }

    /// The connection that was used last, a place for a new one, or a place in line.
    pub(super) fn lend(self: &Arc<Self>) -> Result<Lent, oneshot::Receiver<Lent>> {
        let mut state = self.state();
        let idle = state.pop();
        if idle.is_none() {
            if state.open == self.most {
                let (sender, next) = oneshot::channel();
                state.line.push_back(sender);
                return Err(next);
            }
            state.open += 1;
            if self.warm > 0 {
                self.tend(&mut state);
            }
        }
        Ok(Lent::new(self, idle))
    }

    /// Hands a connection, or the place of one that is gone, to the next in line.
    fn give(self: &Arc<Self>, idle: Option<Idle>) {
        let mut state = self.state();
        while let Some(next) = state.line.pop_front() {
            if !next.is_closed() {
                drop(state);
                // Whoever gives up at this very moment drops it, which leads here again.
                drop(next.send(Lent::new(self, idle)));
                return;
            }
        }
        match idle {
            Some(idle) => {
                state.recent.push(idle);
                self.tend(&mut state);
            }
            None => state.open -= 1,
        }
    }

    /// Sees to it that somebody sweeps.
    fn tend(self: &Arc<Self>, state: &mut State) {
        // A runtime that has ended has taken its tasks along, and a call may be dropped after it.
        if state.sweep.as_ref().is_none_or(JoinHandle::is_finished)
            && let Ok(runtime) = Handle::try_current()
        {
            state.sweep = Some(runtime.spawn(sweep(Arc::downgrade(self), self.keep / 2)));
        }
    }

    /// Opens what is missing of the connections that should be there.
    async fn warm_up(self: &Arc<Self>) {
        while let Some(mut lent) = self.cold_place() {
            // Whether the host can be reached, the requests hear.
            if lent.connection(None).await.is_err() {
                return;
            }
            lent.keep();
        }
    }

    fn cold_place(self: &Arc<Self>) -> Option<Lent> {
        let mut state = self.state();
        if state.open >= self.warm {
            return None;
        }
        state.open += 1;
        Some(Lent::new(self, None))
    }

    /// Closes what was not used since the last sweep but one. Returns whether anything is left to
    /// be swept.
    fn sweep(&self) -> bool {
        let mut state = self.state();
        let before = state.idle();
        state.recent.retain(|idle| !idle.connection.is_closed());
        state.older = mem::take(&mut state.recent);
        state.open -= before - state.idle();
        let is_needed = self.warm > 0 || !state.older.is_empty();
        if !is_needed {
            state.sweep = None;
        }
        is_needed
    }

    /// Takes in a connection that a test has opened.
    #[cfg(test)]
    pub(super) fn add(self: &Arc<Self>, connection: Connection) {
        self.state().open += 1;
        self.give(Some(Idle { connection, alarm: None }));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pop(&mut self) -> Option<Idle> {
        self.recent.pop().or_else(|| self.older.pop())
    }

    fn idle(&self) -> usize {
        self.recent.len() + self.older.len()
    }
}

/// Keeps the pool's connections young, until there are none left or the pool is gone.
async fn sweep(pool: Weak<Pool>, pause: Duration) {
    loop {
        let Some(tended) = pool.upgrade() else { return };
        tended.warm_up().await;
        drop(tended);
        tokio::time::sleep(pause).await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}

/// One of the connections that a pool may have, and the place of one until it is there. Dropped, it
/// is closed unless it [may be kept](Self::keep), and goes to the next one who needs it.
pub(super) struct Lent {
    pool: Arc<Pool>,
    connection: Option<Connection>,
    /// Goes along with the connection, for whoever needs one.
    pub(super) alarm: Option<Alarm>,
    is_kept: bool,
}

impl Lent {
    fn new(pool: &Arc<Pool>, idle: Option<Idle>) -> Self {
        let (connection, alarm) = idle.map(|idle| (idle.connection, idle.alarm)).unzip();
        Self { pool: Arc::clone(pool), connection, alarm: alarm.flatten(), is_kept: true }
    }

    /// What the next in line is given.
    pub(super) async fn next(next: oneshot::Receiver<Self>, sending: &Sending) -> Self {
        sending.queue();
        match next.await {
            Ok(lent) => {
                sending.revoke();
                lent
            }
            // Whoever is called to the front is handed something, and the line lives in its pool.
            Err(_) => std::future::pending().await,
        }
    }

    /// A connection that can take a request, and whether it has had one before. For a link it is
    /// always a new one.
    pub(super) async fn connection(
        &mut self,
        link: Option<&Uri>,
    ) -> Result<(&mut Connection, bool), BoxError> {
        self.is_kept = false;
        let is_used = link.is_none() && self.is_ready().await;
        if !is_used {
            self.connection = None;
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            // Boxed, so that the many calls that need no new connection do not carry the room for
            // opening one along.
            place => place.insert(Box::pin(self.pool.connector.connect(link)).await?),
        };
        Ok((connection, is_used))
    }

    async fn is_ready(&mut self) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        // Its own task may only have to run once more; but one that was answered before it had sent
        // its whole request may take for ever.
        // Boxed, like the connecting above.
        connection.is_ready()
            || matches!(Box::pin(tokio::time::timeout(PATIENCE, connection.ready())).await, Ok(Ok(())))
    }

    /// Keeps the connection for others, once its last answer has been read to its end.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let kept = self.connection.take().filter(|_| self.is_kept);
        self.pool.give(kept.map(|connection| Idle { connection, alarm: self.alarm.take() }));
    }
}
