//! One of the processes that share the tokens.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use tcb_api::auth::{AuthError, AuthErrorKind, Observer, TokenEvent};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{AuthorizerAppId, Clock, SystemClock, scaled};
use tcb_api::{Error, Platform};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::log::{log, now};
use crate::outages::{Cause, FailedCall};
use crate::report::{Counts, Message};
use crate::scale::{self, ScaledTransport};
use crate::store;

/// Tasks of each worker.
const TASKS: usize = 64;

/// What all workers need to know.
#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) base_url: String,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) keys: Vec<AuthorizerAppId>,
    /// Calls a second, of each worker.
    pub(crate) pace: f64,
    /// Fetch every token twice in the storm.
    pub(crate) wasteful: bool,
    /// Tell of all that happens to tokens.
    pub(crate) verbose: bool,
}

/// What the driver says, one word in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Wait,
    /// Call for each merchant once, all workers in the same order.
    Walk,
    /// Call for merchants at random.
    Storm,
    Close,
}

struct Worker {
    platform: Platform,
    job: Job,
    store_failures: Arc<StoreFailures>,
    calls: AtomicU64,
    slowest_ms: AtomicU64,
    /// The next merchant of the walk.
    next: Arc<AtomicUsize>,
}

pub(crate) async fn work(job: &Path, place: &str, at_once: bool) -> ExitCode {
    let job: Job = serde_json::from_slice(&fs::read(job).unwrap()).unwrap();
    let transport = ScaledTransport::new(&job.base_url);
    let clock = Arc::new(OffClock::default());
    let next = Arc::new(AtomicUsize::new(0));
    let (order, orders) = watch::channel(Order::Wait);
    let driver = Driver {
        order,
        next: Arc::clone(&next),
        clock: Arc::clone(&clock),
        wasteful: job.wasteful.then(|| Arc::clone(&transport.wasteful)),
    };
    if at_once {
        driver.obey("storm");
    }
    std::thread::spawn(move || driver.listen());
    let store_failures = Arc::new(StoreFailures { verbose: job.verbose, last: Mutex::default() });
    let platform = Platform::builder(job.app_id.as_str(), job.secret.as_str())
        .transport(transport)
        .store(store::open(place).await)
        .clock(clock)
        .cache(scale::policy())
        .observer(Arc::clone(&store_failures))
        .build()
        .unwrap();
    let (calls, slowest_ms) = (AtomicU64::new(0), AtomicU64::new(0));
    let worker = Arc::new(Worker { platform, job, store_failures, calls, slowest_ms, next });
    say(|| Message::Ready);

    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        tasks.spawn(Arc::clone(&worker).keep_calling(orders.clone()));
    }
    while tasks.join_next().await.is_some() {}
    let clean = worker.platform.close(Duration::from_secs(3)).await;
    say(|| Message::Counts(worker.counts()));
    say(|| Message::Closed { clean });
    ExitCode::SUCCESS
}

/// What the driver's orders change.
struct Driver {
    order: watch::Sender<Order>,
    next: Arc<AtomicUsize>,
    clock: Arc<OffClock>,
    wasteful: Option<Arc<AtomicBool>>,
}

impl Driver {
    /// Does what the driver says, and ends the process when it is gone.
    fn listen(&self) {
        for line in std::io::stdin().lock().lines() {
            if !line.is_ok_and(|line| self.obey(&line)) {
                break;
            }
        }
        if *self.order.borrow() != Order::Close {
            exit(0);
        }
    }

    fn obey(&self, line: &str) -> bool {
        if let Some(off) = line.strip_prefix("clock ").and_then(|off| off.parse().ok()) {
            self.clock.0.store(off, Relaxed);
            return true;
        }
        let order = match line {
            "walk" => Order::Walk,
            "storm" => Order::Storm,
            "close" => Order::Close,
            _ => return false,
        };
        self.next.store(0, Relaxed);
        if let Some(wasteful) = &self.wasteful {
            wasteful.store(order == Order::Storm, Relaxed);
        }
        self.order.send_replace(order);
        true
    }
}

/// Writes a whole line at once, so that one who is killed has said it or has not. Whoever writes
/// last has counted last.
fn say(message: impl FnOnce() -> Message) {
    let mut out = std::io::stdout().lock();
    // Nobody may be left to hear it.
    let _ = out.write_all(format!("{}\n", serde_json::to_string(&message()).unwrap()).as_bytes());
}

/// A wall clock that can be set wrong, by so many milliseconds.
#[derive(Debug, Default)]
struct OffClock(AtomicI64);

impl Clock for OffClock {
    fn wall(&self) -> SystemTime {
        let (wall, off) = (SystemClock.wall(), self.0.load(Relaxed));
        let by = Duration::from_millis(off.unsigned_abs());
        if off < 0 { wall.checked_sub(by) } else { wall.checked_add(by) }.unwrap_or(wall)
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}

impl Worker {
    async fn keep_calling(self: Arc<Self>, mut orders: watch::Receiver<Order>) {
        #[expect(clippy::cast_precision_loss, reason = "there are few tasks")]
        let interval = Duration::from_secs_f64(TASKS as f64 / self.job.pace);
        tokio::time::sleep(scaled(interval, fastrand::f64())).await;
        loop {
            let order = *orders.borrow_and_update();
            let keys = &self.job.keys;
            let key = match order {
                Order::Close => return,
                Order::Wait => None,
                Order::Walk => {
                    let next = self.next.fetch_add(1, Relaxed);
                    if next == keys.len() + TASKS - 1 {
                        // Each of the other tasks has found the end too, so it has no call on.
                        say(|| Message::Walked);
                    }
                    keys.get(next)
                }
                Order::Storm => Some(&keys[fastrand::usize(..keys.len())]),
            };
            let Some(key) = key else {
                if orders.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let begun = SystemClock.monotonic();
            self.call(key).await;
            // Calls that took long are not made up for: a machine that cannot keep the pace is not
            // driven over it.
            let took = SystemClock.monotonic() - begun;
            tokio::time::sleep(scaled(interval, 0.5 + fastrand::f64()).saturating_sub(took)).await;
        }
    }

    async fn call(&self, key: &AuthorizerAppId) {
        let (at, begun) = (now(), SystemClock.monotonic());
        let outcome = self.platform.authorizer(key).send(ListEnvs::new()).await;
        let took = u64::try_from((SystemClock.monotonic() - begun).as_millis()).unwrap();
        self.slowest_ms.fetch_max(took, Relaxed);
        self.calls.fetch_add(1, Relaxed);
        if let Err(error) = outcome {
            let (cause, error) = (self.cause(key, begun, &error), format!("{key}: {error:?}"));
            say(|| Message::Failed(FailedCall { cause, begun: at, ended: now(), error }));
        }
        // At once: whoever is killed tells nothing later.
        say(|| Message::Counts(self.counts()));
    }

    /// The last of a call's attempts may have found the store in order again and WeChat not.
    fn cause(&self, key: &AuthorizerAppId, begun: Instant, error: &Error) -> Cause {
        match error.auth().map(AuthError::kind) {
            Some(AuthErrorKind::StoreUnavailable) => Cause::StoreDown,
            Some(AuthErrorKind::Unavailable) if self.store_failures.since(key, begun) => Cause::StoreDown,
            Some(
                AuthErrorKind::NotAuthorized | AuthErrorKind::UnknownAccount | AuthErrorKind::NoTicket { .. },
            ) => Cause::Forgotten,
            _ => Cause::Other,
        }
    }

    fn counts(&self) -> Counts {
        let of_tokens = self.platform.tokens().counters();
        Counts {
            calls: self.calls.load(Relaxed),
            lost_refresh_tokens: of_tokens.reauthorizations,
            recoveries: of_tokens.recoveries,
            contested: of_tokens.contested,
            unsaved: of_tokens.unsaved,
            served_stale: of_tokens.served_stale,
            slowest_ms: self.slowest_ms.load(Relaxed),
        }
    }
}

/// Remembers when the store failed, and tells of refresh tokens that are lost, or of everything.
#[derive(Debug)]
struct StoreFailures {
    verbose: bool,
    /// By merchant; the platform's own key is `None`.
    last: Mutex<HashMap<Option<AuthorizerAppId>, Instant>>,
}

impl StoreFailures {
    /// Whether the store failed for what a call for `key` needs, since `begun`.
    fn since(&self, key: &AuthorizerAppId, begun: Instant) -> bool {
        let last = self.last.lock().unwrap();
        [Some(key.clone()), None].iter().any(|key| last.get(key).is_some_and(|failed| *failed >= begun))
    }
}

impl Observer for StoreFailures {
    fn on(&self, event: &TokenEvent<'_>) {
        if let TokenEvent::StoreFailed { key, .. } = event {
            self.last.lock().unwrap().insert(key.authorizer().cloned(), SystemClock.monotonic());
        }
        if self.verbose || matches!(event, TokenEvent::NeedsReauthorization { .. }) {
            log(format_args!("{event:?}"));
        }
    }
}
