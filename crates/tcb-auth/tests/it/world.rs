//! A world of its own: clocks that jump, a store that fails, several processes, one WeChat.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_auth::{
    CachePolicy, Encoded, Loaded, MemoryStore, Observer, PlatformTokens, StoreError, StoreErrorKind, Subject,
    TokenEvent, TokenKey, TokenStore, Version,
};
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId};

use crate::wechat::WeChat;

pub(crate) const PLATFORM: &str = "wx_platform";

/// The subject with this name: an account's appid, or nothing for the platform itself.
pub(crate) fn subject(name: &str) -> Subject {
    if name.is_empty() { Subject::Platform } else { Subject::Authorizer(name.into()) }
}

pub(crate) fn key(name: &str) -> TokenKey {
    TokenKey::new(PLATFORM, subject(name))
}

/// A clock on top of tokio's, which a test can pause. Its wall can jump, and its monotonic side can
/// fall behind, as it does while a machine is suspended. Clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct SimClock {
    started: tokio::time::Instant,
    shift: Arc<Mutex<Shift>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    wall_seconds: i64,
    slept: Duration,
}

/// 2026-01-01, midnight UTC.
const START: Duration = Duration::from_secs(1_767_225_600);

impl SimClock {
    #[expect(clippy::disallowed_methods, reason = "tokio's clock is the one that tests pause")]
    pub(crate) fn new() -> Self {
        Self { started: tokio::time::Instant::now(), shift: Arc::default() }
    }

    /// Another clock that shows the right time.
    pub(crate) fn right(&self) -> Self {
        Self { started: self.started, shift: Arc::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "tokio's clock is the one that tests pause")]
    pub(crate) fn elapsed(&self) -> Duration {
        tokio::time::Instant::now().saturating_duration_since(self.started)
    }

    /// The wall jumps.
    pub(crate) fn jump(&self, seconds: i64) {
        self.shift.lock().unwrap().wall_seconds += seconds;
    }

    /// The monotonic side has stood still for so long.
    pub(crate) fn slept(&self, span: Duration) {
        self.shift.lock().unwrap().slept += span;
    }

    fn shift(&self) -> Shift {
        *self.shift.lock().unwrap()
    }
}

impl Clock for SimClock {
    fn wall(&self) -> SystemTime {
        let right = SystemTime::UNIX_EPOCH + START + self.elapsed();
        let seconds = self.shift().wall_seconds;
        let jump = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { right - jump } else { right + jump }
    }

    fn monotonic(&self) -> Instant {
        let slept = self.shift().slept;
        self.started.into_std() + self.elapsed().saturating_sub(slept)
    }
}

/// A store that several processes share, each over a line of its own.
#[derive(Clone)]
pub(crate) struct TestStore {
    shared: Arc<Mutex<Shared>>,
    line: Arc<Mutex<Line>>,
}

struct Shared {
    records: MemoryStore,
    keys: BTreeSet<TokenKey>,
    saved: BTreeMap<TokenKey, Encoded>,
    clock: SimClock,
    faults: Vec<String>,
    /// All access tokens that were ever stored.
    tokens: BTreeSet<String>,
}

/// The state of a line to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Line {
    #[default]
    Up,
    Down,
    /// What is stored cannot be read.
    Corrupt,
    /// Each answer takes so long.
    Slow(Duration),
    /// No answer comes before the line is another one.
    Hangs,
    Panics,
    /// What is written is stored, and nobody is told.
    Deaf,
    /// What is written is stored, and no answer comes.
    Silent,
    /// The process at this end is dead.
    Dead,
}

impl TestStore {
    pub(crate) fn new(clock: SimClock) -> Self {
        let shared = Shared {
            records: MemoryStore::new().clock(clock.clone()),
            keys: BTreeSet::new(),
            saved: BTreeMap::new(),
            clock,
            faults: Vec::new(),
            tokens: BTreeSet::new(),
        };
        Self { shared: Arc::new(Mutex::new(shared)), line: Arc::default() }
    }

    /// Another line to the same store.
    pub(crate) fn line(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), line: Arc::default() }
    }

    pub(crate) fn set(&self, line: Line) {
        *self.line.lock().unwrap() = line;
    }

    pub(crate) fn clock(&self) -> SimClock {
        self.shared().clock.clone()
    }

    /// Everything is gone.
    pub(crate) fn empty(&self) {
        let mut shared = self.shared();
        shared.records = MemoryStore::new().clock(shared.clock.clone());
        shared.keys.clear();
    }

    /// Remembers what is stored now, for [`roll_back`](Self::roll_back).
    pub(crate) async fn save(&self) {
        let mut saved = BTreeMap::new();
        for key in self.keys() {
            if let Some(record) = self.record(&key).await {
                saved.insert(key, record);
            }
        }
        self.shared().saved = saved;
    }

    /// What was saved is there again, and nothing else.
    pub(crate) async fn roll_back(&self) {
        self.empty();
        let (records, saved) = {
            let shared = self.shared();
            (shared.records.clone(), shared.saved.clone())
        };
        for (key, record) in saved {
            records.swap(&key, None, &record).await.unwrap();
            self.shared().keys.insert(key);
        }
    }

    /// What is stored for `key`.
    pub(crate) async fn record(&self, key: &TokenKey) -> Option<Encoded> {
        let records = self.shared().records.clone();
        records.load(key).await.unwrap().held.map(|(_, record)| record)
    }

    /// What is stored for the subject with this name, as a store writes it, with the token under
    /// `access`.
    pub(crate) async fn look(&self, name: &str) -> Value {
        match self.record(&key(name)).await {
            Some(record) => shown(&record),
            None => Value::Null,
        }
    }

    /// What must never happen to a store and did.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.shared().faults.clone()
    }

    /// Whether this access token was ever stored.
    pub(crate) fn has_held(&self, token: &str) -> bool {
        self.shared().tokens.contains(token)
    }

    fn keys(&self) -> BTreeSet<TokenKey> {
        self.shared().keys.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    async fn pass(&self) -> Result<MemoryStore, StoreError> {
        loop {
            let line = *self.line.lock().unwrap();
            match line {
                Line::Up | Line::Deaf | Line::Silent => {}
                Line::Down => return Err(StoreError::new(StoreErrorKind::Unavailable)),
                Line::Corrupt => return Err(StoreError::new(StoreErrorKind::Corrupt)),
                Line::Slow(span) => tokio::time::sleep(span).await,
                Line::Hangs => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                Line::Panics => panic!("the store is broken"),
                Line::Dead => std::future::pending().await,
            }
            return Ok(self.shared().records.clone());
        }
    }
}

/// A record as JSON: the lasting part, and the access part under `access`.
fn shown(record: &Encoded) -> Value {
    let mut value: Value = serde_json::from_str(record.lasting.expose()).unwrap();
    value["access"] = match &record.access {
        Some((access, _)) => serde_json::from_str(access.expose()).unwrap(),
        None => Value::Null,
    };
    value
}

impl fmt::Debug for TestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestStore")
    }
}

#[async_trait]
impl TokenStore for TestStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        self.pass().await?.load(key).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let records = self.pass().await?;
        let before = self.record(key).await;
        let swapped = records.swap(key, expected, record).await?;
        if swapped.is_some() {
            let generation = |record: &Value| record["generation"].as_u64().unwrap_or(0);
            let (was, is) = (before.map_or(json!({}), |record| shown(&record)), shown(record));
            let mut shared = self.shared();
            if generation(&is) < generation(&was) {
                shared.faults.push(format!("{key}: generation fell from {was} to {is}"));
            }
            shared.keys.insert(key.clone());
            shared.tokens.extend(is["access"]["token"].as_str().map(str::to_owned));
        }
        let line = *self.line.lock().unwrap();
        match line {
            Line::Deaf => Err(StoreError::new(StoreErrorKind::Unavailable)),
            Line::Silent => std::future::pending().await,
            _ => Ok(swapped),
        }
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        self.pass().await?.authorizers(component, after, limit).await
    }
}

/// Remembers what happened to tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<String>>>);

impl Ear {
    /// How often it heard an event of this name, or of this name and this detail: `Minted`,
    /// `Minted Due`.
    pub(crate) fn heard(&self, event: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|heard| *heard == event).count()
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Ear {
    fn on(&self, event: &TokenEvent<'_>) {
        let shown = format!("{event:?}");
        let name = shown.split(|letter: char| !letter.is_alphanumeric()).next().unwrap();
        let mut heard = self.0.lock().unwrap();
        heard.push(name.to_owned());
        match event {
            TokenEvent::Minted { cause, .. } => heard.push(format!("{name} {cause:?}")),
            TokenEvent::Recovered { by, .. } => heard.push(format!("{name} {by:?}")),
            TokenEvent::Rejected { recently_minted: true, .. } => heard.push(format!("{name} young")),
            TokenEvent::StoreFailed { error, .. } => heard.push(format!("{name} {:?}", error.kind())),
            TokenEvent::Unsaved { key } | TokenEvent::Abandoned { key } => {
                heard.push(format!("{name} {key}"));
            }
            _ => {}
        }
    }
}

/// A process that holds tokens of the platform.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) tokens: PlatformTokens,
    pub(crate) clock: SimClock,
    pub(crate) store: TestStore,
    pub(crate) wechat: WeChat,
    pub(crate) ear: Ear,
}

impl Process {
    pub(crate) fn start(name: &str, wechat: &WeChat, store: &TestStore, policy: CachePolicy) -> Self {
        let clock = store.clock().right();
        let (wechat, store, ear) = (wechat.called_by(name), store.line(), Ear::default());
        let tokens = PlatformTokens::builder(PLATFORM, "secret")
            .transport(wechat.clone())
            .store(store.clone())
            .clock(clock.clone())
            .policy(policy)
            .observer(ear.clone())
            .build();
        Self { tokens, clock, store, wechat, ear }
    }

    /// Dies at once, in the middle of whatever it does.
    pub(crate) fn kill(&self) {
        self.wechat.kill_caller();
        self.store.set(Line::Dead);
    }

    pub(crate) fn source(&self, name: &str) -> Box<dyn tcb_auth::TokenSource> {
        if name.is_empty() {
            Box::new(self.tokens.component())
        } else {
            Box::new(self.tokens.authorizer(name))
        }
    }
}
