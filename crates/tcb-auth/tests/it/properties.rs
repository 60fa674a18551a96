//! Random histories of a few processes, with the invariants that no history may break.

use std::fmt::Write as _;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tcb_auth::{AccessToken, AuthError, CachePolicy};
use tcb_transport::{TransportError, TransportErrorKind};
use tcb_types::Clock;
use tokio::task::JoinHandle;

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Line, Process, SimClock, TestStore};

const SHOP: &str = "wx_shop";
const REFRESH: &str = "getAuthorizerAccessToken";
const COMPONENT: &str = "getComponentAccessToken";

#[derive(Clone, Debug)]
enum Move {
    Pass(u64),
    /// Somebody in this process asks for a token and uses it.
    Use(usize, bool),
    /// The next token request ends otherwise.
    Fault(Fault, bool),
    Store(usize, Line),
    /// This process dies, and another one starts in its place.
    Replace(usize),
    /// The merchant cancels, or authorises again.
    Cancel,
    Authorize,
    Reconcile(usize),
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Busy,
    NotSent,
    ServerError,
    Lost,
    Panic,
    Slow(u64),
    Late(u64),
}

impl Fault {
    fn script(self) -> Script {
        match self {
            Self::Busy => Script::Answer(serde_json::json!({"errcode": -1, "errmsg": "busy"})),
            Self::NotSent => Script::Fail(TransportError::new(TransportErrorKind::Connect)),
            Self::ServerError => Script::Status(503),
            Self::Lost => Script::Lost,
            Self::Panic => Script::Panic,
            Self::Slow(seconds) => Script::Slow(Duration::from_secs(seconds)),
            Self::Late(seconds) => Script::Late(Duration::from_secs(seconds)),
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Busy),
        Just(Fault::NotSent),
        Just(Fault::ServerError),
        Just(Fault::Lost),
        Just(Fault::Panic),
        (1..25_u64).prop_map(Fault::Slow),
        // It is applied within the time for which a request may unanswered_window.
        (1..30_u64).prop_map(Fault::Late),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        3 => Just(Line::Up),
        1 => Just(Line::Down),
        1 => Just(Line::Deaf),
        1 => Just(Line::Hangs),
        1 => Just(Line::Silent),
        1 => (50..900_u64).prop_map(|millis| Line::Slow(Duration::from_millis(millis))),
    ]
}

fn a_move() -> impl Strategy<Value = Move> {
    let process = 0..3_usize;
    prop_oneof![
        4 => prop_oneof![0..3_000_u64, 3_000..20_000_u64, 20_000..90_000_u64, 1_000_000..7_300_000_u64].prop_map(Move::Pass),
        6 => (process.clone(), prop::bool::weighted(0.8)).prop_map(|(process, shop)| Move::Use(process, shop)),
        3 => (fault(), prop::bool::weighted(0.8)).prop_map(|(fault, shop)| Move::Fault(fault, shop)),
        2 => (process.clone(), line()).prop_map(|(process, line)| Move::Store(process, line)),
        1 => process.clone().prop_map(Move::Replace),
        1 => Just(Move::Cancel),
        1 => Just(Move::Authorize),
        1 => process.prop_map(Move::Reconcile),
    ]
}

/// A call for a token that is on: of which process, for which key.
type Call = (usize, String, JoinHandle<Result<AccessToken, AuthError>>);

/// A push on its way into a process.
type Push = Pin<Box<dyn Future<Output = Result<(), AuthError>> + Send>>;

struct History {
    wechat: WeChat,
    store: TestStore,
    clock: SimClock,
    processes: Vec<Process>,
    started: usize,
    calls: Vec<Call>,
    /// Whether the merchant's authorisation stands at WeChat.
    stands: bool,
    codes: u32,
    broken: String,
}

impl History {
    async fn begin(rotation: Rotation) -> Self {
        let clock = SimClock::new();
        let (wechat, store) = (WeChat::default(), TestStore::new(clock.right()));
        wechat.keeps_books(rotation, clock.clone());
        wechat.has_account(SHOP, "r0");
        let mut history = Self {
            wechat,
            store,
            clock,
            processes: Vec::new(),
            started: 0,
            calls: Vec::new(),
            stands: true,
            codes: 0,
            broken: String::new(),
        };
        for _ in 0..3 {
            let process = history.start();
            history.processes.push(process);
        }
        history.processes[0].tokens.ticket("ticket", history.clock.wall()).await.unwrap();
        history.processes[0].tokens.restore(SHOP, "r0").await.unwrap();
        history
    }

    fn start(&mut self) -> Process {
        self.started += 1;
        Process::start(&format!("p{}", self.started), &self.wechat, &self.store, CachePolicy::default())
    }

    fn blame(&mut self, what: &str) {
        let _ = writeln!(self.broken, "{what} at {:?}", self.clock.elapsed());
    }

    async fn make(&mut self, next: &Move) {
        match next {
            Move::Pass(millis) => {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
                // The tickets of the time that has passed.
                self.push(|process, now| {
                    let tokens = process.tokens.clone();
                    Box::pin(async move { tokens.ticket(format!("ticket at {now:?}"), now).await })
                })
                .await;
            }
            Move::Use(process, shop) => {
                let key = if *shop { SHOP } else { "" };
                let source = self.processes[*process].source(key);
                let call = tokio::spawn(async move { source.token().await });
                self.calls.push((*process, key.to_owned(), call));
                tokio::task::yield_now().await;
            }
            Move::Fault(fault, shop) => {
                self.wechat.script(if *shop { REFRESH } else { COMPONENT }, fault.script());
            }
            Move::Store(process, line) => self.processes[*process].store.set(*line),
            Move::Replace(process) => {
                let next = self.start();
                let former = std::mem::replace(&mut self.processes[*process], next);
                former.kill();
                self.calls.retain(|(caller, _, call)| {
                    if caller == process {
                        call.abort();
                    }
                    caller != process
                });
            }
            Move::Cancel if self.stands => {
                self.stands = false;
                self.wechat.forgets_account(SHOP);
                self.push(|process, now| {
                    let tokens = process.tokens.clone();
                    Box::pin(async move { tokens.unauthorized(SHOP, now).await })
                })
                .await;
            }
            Move::Authorize => {
                self.stands = true;
                self.codes += 1;
                let code = format!("code-{}", self.codes);
                self.wechat.issues_code(&code, SHOP);
                self.push(|process, now| {
                    let (tokens, code) = (process.tokens.clone(), code.clone());
                    Box::pin(async move { tokens.authorized(SHOP, code, now).await })
                })
                .await;
            }
            Move::Cancel => {}
            Move::Reconcile(process) => {
                let tokens = self.processes[*process].tokens.clone();
                // It may well fail; it may take a while, and others go on meanwhile.
                tokio::spawn(async move { tokens.reconcile().await });
            }
        }
        self.look().await;
    }

    /// Delivers a push, again and again until one of the processes has taken it.
    async fn push(&mut self, take: impl Fn(&Process, SystemTime) -> Push) {
        // WeChat's times have a second's resolution, and no two events share one here.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let created = self.clock.wall();
        for process in &self.processes {
            if take(process, created).await.is_ok() {
                return;
            }
        }
        self.processes[0].store.set(Line::Up);
        take(&self.processes[0], created).await.unwrap();
    }

    /// Checks what has to hold at any moment.
    async fn look(&mut self) {
        for (process, key, call) in std::mem::take(&mut self.calls) {
            if !call.is_finished() {
                self.calls.push((process, key, call));
                continue;
            }
            let Ok(token) = call.await.unwrap() else { continue };
            let value = token.value().expose();
            let unsaved = format!(
                "Unsaved {}",
                if key.is_empty() { "wx_platform".into() } else { format!("wx_platform/{key}") }
            );
            // I3.
            if !self.store.has_held(value) && self.processes[process].ear.heard(&unsaved) == 0 {
                self.blame(&format!("{value} was handed out, is not stored, and nobody was told"));
            }
            // As a caller does.
            if !self.wechat.accepts(&key, value) {
                self.processes[process].source(&key).reject(&token).await;
            }
        }
        // I1 and I2.
        for crowd in self.wechat.crowded() {
            self.blame(&format!("two refreshes of one process for one key: {crowd}"));
        }
        for fault in self.store.faults() {
            self.blame(&fault);
        }
        // I5.
        if !self.wechat.is_busy() {
            for key in ["", SHOP] {
                let record = self.store.look(key).await;
                let quiet = ["lease", "markers", "contested"].iter().all(|part| record[*part].is_null());
                let authorized = record["authorization"]["code"].is_null() && (key.is_empty() || self.stands);
                if let Some(stored) = record["access"]["token"].as_str()
                    && quiet
                    && authorized
                    && self.wechat.newest(key).is_some_and(|newest| newest != stored)
                {
                    self.blame(&format!("{stored} is stored and undisputed, but not the newest: {record}"));
                }
            }
        }
    }

    /// Ends all faults, lets the processes work for a while, and checks that they agree with
    /// WeChat.
    async fn settle(&mut self) {
        self.wechat.forget_scripts();
        for process in &self.processes {
            process.store.set(Line::Up);
        }
        for _ in 0..20 {
            for process in 0..self.processes.len() {
                self.make(&Move::Use(process, true)).await;
                self.make(&Move::Use(process, false)).await;
            }
            self.make(&Move::Pass(20_000)).await;
        }
        for index in 0..self.processes.len() {
            let outcome = self.processes[index].source(SHOP).token().await;
            match outcome {
                Ok(token) if !self.stands => {
                    self.blame(&format!("{token:?} for an account that has cancelled"));
                }
                Err(error) if self.stands => self.blame(&format!("no token in the end: {error:?}")),
                Ok(token) if !self.wechat.accepts(SHOP, token.value().expose()) => {
                    self.blame(&format!("{} in the end, which is refused", token.value().expose()));
                }
                _ => {}
            }
        }
        // The last calls may have started a refresh ahead.
        tokio::time::sleep(Duration::from_secs(5)).await;
        // I4.
        if self.stands {
            let record = self.store.look(SHOP).await;
            let lives = |name: &str| {
                let token = record["authorization"][name].as_str();
                token.is_some_and(|token| self.wechat.accepts_refresh(SHOP, token))
            };
            if !lives("current") && !lives("previous") {
                self.blame(&format!("no living refresh token in {record}"));
            }
        }
    }
}

fn rotation() -> impl Strategy<Value = Rotation> {
    prop_oneof![Just(Rotation::Stable), Just(Rotation::Grace), Just(Rotation::Strict)]
}

proptest! {
    // A history takes longer than a case elsewhere, so fewer have to do. The long form asks for
    // more by PROPTEST_CASES.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_history_breaks_an_invariant(
        rotation in rotation(),
        seed: u64,
        moves in prop::collection::vec(a_move(), 1..40),
    ) {
        fastrand::seed(seed);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let broken = runtime.block_on(async {
            let mut history = History::begin(rotation).await;
            for next in &moves {
                history.make(next).await;
            }
            history.settle().await;
            history.broken
        });
        prop_assert!(broken.is_empty(), "{}", broken);
    }
}
