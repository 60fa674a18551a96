//! Many refreshes at once: so many run, and the others wait in line.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Value, json};
use tcb_auth::{
    AuthErrorKind, CachePolicy, Encoded, Loaded, MemoryStore, PlatformTokens, StoreError, TokenKey,
    TokenSource, TokenStore, Version,
};
use tcb_transport::{Request, Response, Transport, TransportError};
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId};
use tokio::task::JoinSet;

use crate::world::{PLATFORM, SimClock};

/// How long the store takes for an operation.
const OPERATION: Duration = Duration::from_millis(1);
/// How long WeChat takes for an answer.
const ANSWER: Duration = Duration::from_millis(40);
const MINUTE: Duration = Duration::from_secs(60);

/// A store that does one operation after the other, as one with a single writer does.
#[derive(Clone, Debug)]
struct OneByOne {
    inner: MemoryStore,
    line: Arc<tokio::sync::Mutex<u64>>,
}

impl OneByOne {
    async fn pass(&self) {
        let mut operations = self.line.lock().await;
        tokio::time::sleep(OPERATION).await;
        *operations += 1;
    }

    async fn operations(&self) -> u64 {
        std::mem::take(&mut *self.line.lock().await)
    }
}

#[async_trait]
impl TokenStore for OneByOne {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        self.pass().await;
        self.inner.load(key).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        self.pass().await;
        self.inner.swap(key, expected, record).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        self.pass().await;
        self.inner.authorizers(component, after, limit).await
    }
}

/// A WeChat that counts who asks for whom, and how many at once.
#[derive(Clone, Debug, Default)]
struct Asked(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    of: HashMap<String, usize>,
    now: usize,
    most: usize,
}

impl Asked {
    fn of(&self, app_id: &str) -> usize {
        self.0.lock().unwrap().of.get(app_id).copied().unwrap_or(0)
    }
}

#[async_trait]
impl Transport for Asked {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body: Value = serde_json::from_slice(request.body_bytes()).unwrap();
        let account = body["authorizer_appid"].as_str().unwrap_or_default().to_owned();
        {
            let mut counts = self.0.lock().unwrap();
            *counts.of.entry(account.clone()).or_default() += 1;
            counts.now += 1;
            counts.most = counts.most.max(counts.now);
        }
        tokio::time::sleep(ANSWER).await;
        self.0.lock().unwrap().now -= 1;
        let answer = if account.is_empty() {
            json!({"component_access_token": "component", "expires_in": 7200})
        } else {
            json!({"authorizer_access_token": account, "expires_in": 7200, "authorizer_refresh_token": "r1"})
        };
        Ok(Response::new(StatusCode::OK, answer.to_string()))
    }
}

struct Scene {
    tokens: PlatformTokens,
    store: OneByOne,
    wechat: Asked,
    clock: SimClock,
}

impl Scene {
    /// A platform of so many accounts, `wx0` and so on, without a token.
    async fn of(accounts: usize, policy: CachePolicy) -> Self {
        let clock = SimClock::new();
        let inner = MemoryStore::new().clock(clock.clone());
        let store = OneByOne { inner, line: Arc::default() };
        let wechat = Asked::default();
        let platform = || PlatformTokens::builder(PLATFORM, "secret").clock(clock.clone());
        let at_once = platform().transport(wechat.clone()).store(store.inner.clone()).build();
        for number in 0..accounts {
            at_once.restore(format!("wx{number}"), "r0").await.unwrap();
        }
        at_once.ticket("ticket", clock.wall()).await.unwrap();
        let tokens = platform().transport(wechat.clone()).store(store.clone()).policy(policy).build();
        Self { tokens, store, wechat, clock }
    }

    /// As many callers, each for a token of its own, who wait for `limit`; they come in this order.
    async fn callers(&self, accounts: usize, limit: Duration) -> JoinSet<(usize, Option<AuthErrorKind>)> {
        let mut callers = JoinSet::new();
        for number in 0..accounts {
            let source = self.tokens.authorizer(format!("wx{number}"));
            callers.spawn(async move {
                let outcome = source.token_within(limit).await;
                (number, outcome.err().map(|error| error.kind()))
            });
        }
        // The runtime turns to some sixty tasks in between; no time passes.
        for _ in 0..=accounts / 16 {
            tokio::task::yield_now().await;
        }
        callers
    }
}

/// A policy by which so many refreshes run at once.
fn at_once(refreshes: usize) -> CachePolicy {
    let mut policy = CachePolicy::default();
    policy.refreshes_at_once = refreshes;
    policy
}

#[tokio::test(start_paused = true)]
async fn a_start_with_12_000_accounts_fails_none_of_them_and_asks_once_for_each() {
    // `cargo xtask bench` has a hundred thousand, over stores that are real.
    const ACCOUNTS: usize = 12_000;
    let scene = Scene::of(ACCOUNTS, CachePolicy::default()).await;
    let mut callers = scene.callers(ACCOUNTS, 10 * MINUTE).await;
    assert_eq!((scene.tokens.refreshes().running, scene.tokens.refreshes().queued), (64, ACCOUNTS - 64));
    while let Some(caller) = callers.join_next().await {
        let (number, error) = caller.unwrap();
        assert_eq!(error, None, "wx{number}");
    }
    let counts = scene.wechat.0.lock().unwrap();
    assert_eq!(counts.of.len(), ACCOUNTS + 1);
    assert!(counts.of.values().all(|asked| *asked == 1));
    assert!(counts.most <= 64, "{} at once", counts.most);
    assert_eq!(scene.tokens.counters().store_failures, 0);
    assert_eq!(scene.tokens.counters().queued, (ACCOUNTS - 64) as u64);
    assert_eq!(scene.tokens.refreshes().queued, 0);
}

#[tokio::test(start_paused = true)]
async fn who_comes_first_is_served_first() {
    let scene = Scene::of(20, at_once(1)).await;
    let mut callers = scene.callers(20, MINUTE).await;
    let mut served = Vec::new();
    while let Some(caller) = callers.join_next().await {
        served.push(caller.unwrap());
    }
    assert_eq!(served, (0..20).map(|number| (number, None)).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_time_ends_in_line_is_told_so_and_nothing_is_asked_for_him() {
    let scene = Scene::of(10, at_once(1)).await;
    let mut callers = scene.callers(10, 3 * ANSWER).await;
    let mut told = HashMap::new();
    while let Some(caller) = callers.join_next().await {
        let (number, error) = caller.unwrap();
        told.insert(number, error);
    }
    assert_eq!((told[&0], told[&9]), (None, Some(AuthErrorKind::Queued)));
    tokio::time::sleep(MINUTE).await;
    assert_eq!((scene.wechat.of("wx0"), scene.wechat.of("wx9")), (1, 0));
    assert_eq!((scene.tokens.refreshes().running, scene.tokens.refreshes().queued), (0, 0));
    assert_eq!(scene.tokens.counters().mint_failures, 0, "nothing has failed");
    // It is no pause either: who comes again is served.
    scene.tokens.authorizer("wx9").token().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_joins_one_that_goes_away_keeps_the_place_in_line() {
    let scene = Scene::of(3, at_once(1)).await;
    let first = scene.callers(2, 2 * ANSWER).await;
    let source = scene.tokens.authorizer("wx1");
    let second = tokio::spawn(async move { source.token_within(MINUTE).await });
    let third = scene.tokens.authorizer("wx2");
    let third = tokio::spawn(async move { third.token_within(MINUTE).await });
    tokio::task::yield_now().await;
    drop(first);
    third.await.unwrap().unwrap();
    assert!(second.is_finished(), "it came before");
    second.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_platforms_own_refresh_passes_the_line() {
    let scene = Scene::of(200, at_once(2)).await;
    let _callers = scene.callers(200, MINUTE).await;
    let began = scene.clock.elapsed();
    scene.tokens.component().token().await.unwrap();
    assert!(scene.clock.elapsed().saturating_sub(began) < 2 * ANSWER);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_behind_keeps_its_place_although_nobody_waits_for_it() {
    let scene = Scene::of(50, at_once(1)).await;
    scene.callers(1, MINUTE).await.join_all().await;
    // Its last quarter of an hour has begun.
    tokio::time::sleep(106 * MINUTE).await;
    scene.tokens.ticket("next", scene.clock.wall()).await.unwrap();
    scene.tokens.component().token().await.unwrap();
    let source = scene.tokens.authorizer("wx0");
    let others = scene.callers(50, MINUTE).await;
    source.token().await.unwrap();
    others.join_all().await;
    tokio::time::sleep(MINUTE).await;
    assert_eq!(scene.wechat.of("wx0"), 2);
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_what_is_in_line_and_refuses_what_is_new() {
    let scene = Scene::of(20, at_once(2)).await;
    let callers = scene.callers(20, MINUTE).await;
    // The platform's token is there, and the first two run.
    tokio::time::sleep(ANSWER + ANSWER / 2).await;
    assert_eq!((scene.tokens.refreshes().running, scene.tokens.refreshes().queued), (2, 18));
    assert!(scene.tokens.close(MINUTE).await);
    assert_eq!(scene.wechat.of("wx19"), 1);
    assert!(callers.join_all().await.iter().all(|(_, error)| error.is_none()));
    let error = scene.tokens.authorizer("wx20").token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_mint_loads_once_and_swaps_twice() {
    let scene = Scene::of(2, CachePolicy::default()).await;
    scene.callers(1, MINUTE).await.join_all().await;
    scene.store.operations().await;
    scene.callers(2, MINUTE).await.join_all().await;
    assert_eq!(scene.store.operations().await, 3);
}
