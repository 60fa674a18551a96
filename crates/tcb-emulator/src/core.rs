use std::collections::BTreeMap;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tcb_types::Secret;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinSet;

use crate::clock::EmulatedClock;
use crate::state::State;
use crate::tls::Tls;
use crate::trace::{Arrival, Entry, Traces};
use crate::{Credentials, EmulatorError, EmulatorErrorKind, ReleaseReport, routes};

/// Events that a slow listener may miss before it is told so.
const EVENTS: usize = 1024;

/// Something that people who watch may want to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The request of this number was answered, or will not be.
    Request(u64),
    /// The push of this id has begun, or how it went is known.
    Push(u64),
    /// Another state has taken the place of all that was.
    Reset,
}

/// What the server, its tasks and the handle of a test share.
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) clock: Arc<EmulatedClock>,
    /// The platform that was there from the start.
    pub(crate) first: Credentials,
    pub(crate) base_url: String,
    pub(crate) admin_url: String,
    pub(crate) port: u16,
    /// There is one when the emulator speaks HTTPS too.
    pub(crate) tls: Option<Tls>,
    /// What opens the admin API and the console where other machines may ask.
    pub(crate) key: Option<Key>,
    pub(crate) push_timeout: Duration,
    traces: Mutex<Traces>,
    /// By their names, as files hold them.
    snapshots: Mutex<BTreeMap<String, Value>>,
    /// What the last release check found.
    release_report: Mutex<Option<ReleaseReport>>,
    events: broadcast::Sender<Event>,
    tasks: Mutex<JoinSet<()>>,
    closing: watch::Sender<bool>,
    /// Wakes the task that pushes by itself, because the next push may have become due earlier.
    pub(crate) tickets: Notify,
}

impl Core {
    pub(crate) fn new(
        state: State,
        clock: Arc<EmulatedClock>,
        first: Credentials,
        address: SocketAddr,
        push_timeout: Duration,
        traces: Traces,
        key: Option<Key>,
    ) -> Self {
        let address = reachable(address);
        Self {
            state: Mutex::new(state),
            clock,
            first,
            base_url: format!("http://{address}"),
            admin_url: format!("http://{address}{}", routes::ADMIN),
            port: address.port(),
            key,
            tls: None,
            push_timeout,
            traces: Mutex::new(traces),
            snapshots: Mutex::default(),
            release_report: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            tasks: Mutex::new(JoinSet::new()),
            closing: watch::Sender::new(false),
            tickets: Notify::new(),
        }
    }

    /// The same, and it speaks HTTPS too.
    pub(crate) fn speaking(self, tls: Option<Tls>) -> Self {
        Self { tls, ..self }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn traces(&self) -> MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn release_report(&self) -> MutexGuard<'_, Option<ReleaseReport>> {
        self.release_report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a request that has come its number and its id, and begins its trace.
    pub(crate) fn arrive(&self, entry: impl FnOnce(Arrival) -> Entry) -> Arrival {
        let mut state = self.state();
        let arrival = state.arrive();
        // Under the same lock, for the trace is in the order of the numbers.
        self.traces().add(entry(arrival.clone()));
        arrival
    }

    /// Notes something about a request.
    pub(crate) fn trace(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        self.traces().change(number, change);
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    /// What happens from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task that ends with the emulator at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    pub(crate) fn abort(&self) {
        self.closing.send_replace(true);
        self.tasks().abort_all();
    }

    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Lets all tasks come to their end, until `deadline` has passed.
    pub(crate) async fn finish(&self, deadline: Duration) {
        self.closing.send_replace(true);
        let mut tasks = mem::take(&mut *self.tasks());
        let all_done = async { while tasks.join_next().await.is_some() {} };
        // What is left is aborted with the set.
        let _ = tokio::time::timeout(deadline, all_done).await;
    }

    /// Waits until the emulator closes.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as `self`.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}

/// An address under which this machine reaches what listens on all of its own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// What opens the admin API and the console to other machines.
pub(crate) struct Key([u8; 32]);

/// Characters that a token has at least.
const SHORTEST: usize = 16;

impl Key {
    pub(crate) fn new(token: &Secret) -> Result<Self, EmulatorError> {
        if token.expose().chars().count() < SHORTEST {
            let message = format!("a token for other machines has at least {SHORTEST} characters");
            return Err(EmulatorError::new(EmulatorErrorKind::Invalid, message));
        }
        Ok(Self(Sha256::digest(token.expose()).into()))
    }

    /// Whether this is the token. Digests are compared, so that the time tells nothing about it.
    pub(crate) fn opens(&self, token: &str) -> bool {
        Sha256::digest(token).as_slice() == self.0
    }
}
