//! One of the processes that share the tokens.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tcb_api::auth::{AuthError, AuthErrorKind, Observer, TokenEvent};
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{AuthorizerAppId, Clock, SystemClock, scaled};
use tcb_api::{Error, Platform};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::outage::{self, Failed, Why};
use crate::report::{Counts, Word};
use crate::scale::{self, ScaledTransport};
use crate::stores;

/// Tasks of each worker.
const TASKS: usize = 64;

/// What all workers need to know.
#[derive(Serialize, Deserialize)]
pub(crate) struct Errand {
    pub(crate) base_url: String,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) keys: Vec<AuthorizerAppId>,
    /// Calls a second, of each worker.
    pub(crate) pace: f64,
    /// Fetch every token twice in the storm.
    pub(crate) wasteful: bool,
    /// Tell of all that happens to tokens.
    pub(crate) talkative: bool,
}

/// What the conductor says, one word in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    errand: Errand,
    witness: Arc<Witness>,
    tally: Tally,
    /// The next merchant of the walk.
    next: Arc<AtomicU64>,
}

#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    slowest_ms: AtomicU64,
}

pub(crate) async fn work(errand: &Path, store: &str, at_once: bool) -> ExitCode {
    let errand: Errand = serde_json::from_slice(&fs::read(errand).unwrap()).unwrap();
    let (order, orders) = watch::channel(if at_once { Order::Storm } else { Order::Wait });
    let next = Arc::new(AtomicU64::new(0));
    let clock = Arc::new(OffClock::default());
    let (first, set) = (Arc::clone(&next), Arc::clone(&clock));
    std::thread::spawn(move || listen(&order, &first, &set));
    let witness = Arc::new(Witness { talkative: errand.talkative, store_failed: Mutex::default() });
    let platform = Platform::builder(errand.app_id.as_str(), errand.secret.as_str())
        .transport(Twice {
            way: ScaledTransport::new(&errand.base_url),
            orders: orders.clone(),
            on: errand.wasteful,
        })
        .store(stores::open(store).await)
        .clock(clock)
        .cache(scale::policy())
        .observer(Arc::clone(&witness))
        .build()
        .unwrap();
    let worker = Arc::new(Worker { platform, errand, witness, tally: Tally::default(), next });
    say(&Word::Ready);

    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        tasks.spawn(Arc::clone(&worker).keep_calling(orders.clone()));
    }
    while tasks.join_next().await.is_some() {}
    let clean = worker.platform.close(Duration::from_secs(3)).await;
    say(&Word::Closed { counts: worker.counts(), clean });
    ExitCode::SUCCESS
}

/// Passes on what the conductor says, and ends when it is gone.
fn listen(order: &watch::Sender<Order>, next: &AtomicU64, clock: &OffClock) {
    for line in std::io::stdin().lock().lines() {
        let set = line.as_deref().ok().and_then(|line| line.strip_prefix("clock ")?.parse().ok());
        if let Some(off) = set {
            clock.0.store(off, Ordering::Relaxed);
            continue;
        }
        order.send_replace(match line.as_deref() {
            Ok("walk") => {
                next.store(0, Ordering::Relaxed);
                Order::Walk
            }
            Ok("storm") => Order::Storm,
            Ok("close") => Order::Close,
            _ => break,
        });
    }
    if *order.borrow() != Order::Close {
        exit(0);
    }
}

fn say(word: &Word) {
    write(&mut std::io::stdout().lock(), word);
}

/// Writes a whole line at once, so that one who is killed has said it or has not.
fn write(out: &mut impl std::io::Write, word: &Word) {
    // Nobody may be left to hear it.
    let _ = out.write_all(format!("{}\n", serde_json::to_string(word).unwrap()).as_bytes());
}

/// A wall clock that can be set wrong.
#[derive(Debug, Default)]
pub(crate) struct OffClock(AtomicI64);

impl Clock for OffClock {
    fn wall(&self) -> SystemTime {
        let off = self.0.load(Ordering::Relaxed);
        let by = Duration::from_millis(off.unsigned_abs());
        let wall = SystemClock.wall();
        if off < 0 { wall.checked_sub(by) } else { wall.checked_add(by) }.unwrap_or(wall)
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}

/// A way to WeChat that, in the storm, asks for every token of a merchant twice: the storm has to see it.
#[derive(Debug)]
struct Twice {
    way: ScaledTransport,
    orders: watch::Receiver<Order>,
    on: bool,
}

#[async_trait]
impl Transport for Twice {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let twice = self.on && *self.orders.borrow() == Order::Storm;
        if twice && request.operation() == "getAuthorizerAccessToken" {
            self.way.send(request.clone()).await?;
        }
        self.way.send(request).await
    }
}

impl Worker {
    async fn keep_calling(self: Arc<Self>, mut orders: watch::Receiver<Order>) {
        #[expect(clippy::cast_precision_loss, reason = "there are few tasks")]
        let interval = Duration::from_secs_f64(TASKS as f64 / self.errand.pace);
        tokio::time::sleep(scaled(interval, fastrand::f64())).await;
        loop {
            let order = *orders.borrow_and_update();
            let keys = &self.errand.keys;
            let key = match order {
                Order::Close => return,
                Order::Wait => None,
                Order::Walk => {
                    let next = usize::try_from(self.next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    if next == keys.len() + TASKS - 1 {
                        // Each of the other tasks has found the end too, so it has no call on.
                        say(&Word::Walked);
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
            // Calls that took long are not made up for: a machine that cannot keep the pace is not driven over it.
            let took = SystemClock.monotonic() - begun;
            tokio::time::sleep(scaled(interval, 0.5 + fastrand::f64()).saturating_sub(took)).await;
        }
    }

    async fn call(&self, key: &AuthorizerAppId) {
        let (at, begun) = (outage::now(), SystemClock.monotonic());
        let outcome = self.platform.authorizer(key).send(ListEnvs::new()).await;
        let took = u64::try_from((SystemClock.monotonic() - begun).as_millis()).unwrap();
        self.tally.slowest_ms.fetch_max(took, Ordering::Relaxed);
        self.tally.calls.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = outcome {
            let (why, error) = (self.why(key, begun, &error), format!("{key}: {error:?}"));
            say(&Word::Failed(Failed { why, begun: at, ended: outage::now(), error }));
        }
        // At once: whoever is killed tells nothing later.
        self.tell();
    }

    fn tell(&self) {
        // Whoever writes last has counted last.
        let mut out = std::io::stdout().lock();
        write(&mut out, &Word::Counts(self.counts()));
    }

    /// The last of a call's attempts may have found the store in order again and WeChat not.
    fn why(&self, key: &AuthorizerAppId, begun: Instant, error: &Error) -> Why {
        match error.auth().map(AuthError::kind) {
            Some(AuthErrorKind::StoreUnavailable) => Why::StoreDown,
            Some(AuthErrorKind::Unavailable) if self.witness.store_failed_since(key, begun) => Why::StoreDown,
            Some(
                AuthErrorKind::NotAuthorized | AuthErrorKind::UnknownAccount | AuthErrorKind::NoTicket { .. },
            ) => Why::Forgotten,
            _ => Why::Other,
        }
    }

    fn counts(&self) -> Counts {
        let of_tokens = self.platform.tokens().counters();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            calls: read(&self.tally.calls),
            lost_refresh_tokens: of_tokens.reauthorizations,
            recoveries: of_tokens.recoveries,
            contested: of_tokens.contested,
            unsaved: of_tokens.unsaved,
            served_stale: of_tokens.served_stale,
            slowest_ms: read(&self.tally.slowest_ms),
        }
    }
}

/// Remembers when the store failed, and tells of refresh tokens that are lost, or of everything.
#[derive(Debug)]
struct Witness {
    talkative: bool,
    /// By merchant; the platform's own key is `None`.
    store_failed: Mutex<HashMap<Option<AuthorizerAppId>, Instant>>,
}

impl Witness {
    /// Whether the store failed for what a call for `key` needs, since `begun`.
    fn store_failed_since(&self, key: &AuthorizerAppId, begun: Instant) -> bool {
        let failed = self.store_failed.lock().unwrap();
        [Some(key.clone()), None].iter().any(|key| failed.get(key).is_some_and(|failed| *failed >= begun))
    }
}

impl Observer for Witness {
    fn on(&self, event: &TokenEvent<'_>) {
        if let TokenEvent::StoreFailed { key, .. } = event {
            let key = key.authorizer().cloned();
            self.store_failed.lock().unwrap().insert(key, SystemClock.monotonic());
        }
        if self.talkative || matches!(event, TokenEvent::NeedsReauthorization { .. }) {
            log(format_args!("{event:?}"));
        }
    }
}

/// Writes a line with the time and the process in front.
pub(crate) fn log(line: std::fmt::Arguments<'_>) {
    // Whole lines, since all processes write to one place.
    let line = format!("{} {} {line}\n", outage::now(), std::process::id());
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
