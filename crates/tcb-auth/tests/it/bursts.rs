//! Many authorisations at once, and many writers of one record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tcb_auth::{
    AuthErrorKind, Encoded, Loaded, MemoryStore, PlatformTokens, StoreError, TokenKey, TokenSource,
    TokenStore, Version,
};
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId};
use tokio::task::JoinSet;

use crate::wechat::{Rotation, WeChat};
use crate::world::{PLATFORM, SimClock};

/// How long an operation of the store takes, so that those of many tasks overlap.
const OPERATION: Duration = Duration::from_millis(1);

/// A store that counts its operations.
#[derive(Clone, Debug)]
struct Counting {
    inner: MemoryStore,
    operations: Arc<AtomicU64>,
    /// Somebody else is always faster.
    always_late: bool,
}

impl Counting {
    fn new(clock: &SimClock) -> Self {
        let inner = MemoryStore::new().clock(clock.clone());
        Self { inner, operations: Arc::default(), always_late: false }
    }

    async fn pass(&self) {
        self.operations.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(OPERATION).await;
    }

    fn operations(&self) -> u64 {
        self.operations.swap(0, Ordering::Relaxed)
    }
}

#[async_trait]
impl TokenStore for Counting {
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
        if self.always_late { Ok(None) } else { self.inner.swap(key, expected, record).await }
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

/// A platform that has its token, with the store that it uses.
async fn platform() -> (WeChat, SimClock, Counting, PlatformTokens) {
    let clock = SimClock::new();
    let (wechat, store) = (WeChat::default(), Counting::new(&clock));
    wechat.keeps_books(Rotation::Strict, clock.clone());
    let tokens = PlatformTokens::builder(PLATFORM, "secret")
        .transport(wechat.clone())
        .store(store.clone())
        .clock(clock.clone())
        .build();
    tokens.ticket("ticket", clock.wall()).await.unwrap();
    tokens.component().token().await.unwrap();
    store.operations();
    (wechat, clock, store, tokens)
}

#[tokio::test(start_paused = true)]
async fn an_authorisation_takes_as_many_operations_of_the_store_however_many_come_at_once() {
    let mut each = Vec::new();
    for count in [10_u32, 100, 1000] {
        let (wechat, clock, store, tokens) = platform().await;
        let mut pushes = JoinSet::new();
        for number in 0..count {
            let (app_id, code) = (format!("wx_{number}"), format!("code-{number}"));
            wechat.issues_code(&code, &app_id);
            let (tokens, clock) = (tokens.clone(), clock.clone());
            pushes.spawn(async move {
                let came = clock.elapsed();
                tokens.authorized(app_id, code, clock.wall()).await.unwrap();
                clock.elapsed().saturating_sub(came)
            });
        }
        let waited = pushes.join_all().await.into_iter().max().unwrap();
        let at_first = store.operations();
        assert!(waited <= 4 * OPERATION, "{count} at once: a push waited for {waited:?}");
        assert!(tokens.close(Duration::from_secs(60)).await);
        assert_eq!(wechat.calls("getAuthorizerRefreshToken").len(), count as usize);
        let all = at_first + store.operations();
        each.push((all / u64::from(count), all % u64::from(count)));
    }
    assert_eq!(each[0], each[1]);
    assert_eq!(each[0], each[2]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_amid_authorisations_waits_for_none_of_them() {
    let (_, clock, _, tokens) = platform().await;
    let mut pushes = JoinSet::new();
    for number in 0..500 {
        let (tokens, clock) = (tokens.clone(), clock.clone());
        pushes.spawn(async move {
            tokens.authorized(format!("wx_{number}"), format!("code-{number}"), clock.wall()).await.unwrap();
        });
    }
    tokio::time::sleep(OPERATION / 2).await;
    let came = clock.elapsed();
    tokens.ticket("next", clock.wall()).await.unwrap();
    assert!(clock.elapsed().saturating_sub(came) <= 2 * OPERATION);
    pushes.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn many_writers_of_one_record_step_aside_for_each_other() {
    const WRITERS: u64 = 100;
    let (_, clock, store, tokens) = platform().await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (tokens, created) = (tokens.clone(), clock.wall() + Duration::from_secs(number));
        writers.spawn(async move { tokens.ticket(format!("ticket-{number}"), created).await.unwrap() });
    }
    writers.join_all().await;
    let operations = store.operations();
    // Without pauses each write costs all others a load and a swap.
    assert!(operations < WRITERS * WRITERS / 4, "{operations}");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_others_change_each_time_is_given_up_in_the_end() {
    let (_, clock, mut store, _) = platform().await;
    store.always_late = true;
    let tokens = PlatformTokens::builder(PLATFORM, "secret")
        .transport(WeChat::default())
        .store(store.clone())
        .clock(clock.clone())
        .build();
    let began = clock.elapsed();
    let error = tokens.ticket("next", clock.wall()).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::StoreUnavailable);
    let tried = clock.elapsed().saturating_sub(began);
    assert!((15..16).contains(&tried.as_secs()), "{tried:?}");
    assert!(store.operations() < 1000);
}
