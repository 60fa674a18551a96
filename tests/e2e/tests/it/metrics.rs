//! The metrics of a program, as it is scraped, against the page that promises them and the files
//! that ask for them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_api::auth::{
    CachePolicy, Encoded, Loaded, MemoryStore, StoreError, StoreErrorKind, TokenKey, TokenSource as _,
    TokenStore, Version,
};
use tcb_api::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{AuthorizerAppId, Clock as _, ComponentAppId};
use tcb_api::{Client, Platform};
use tcb_e2e::{Backend, Stage};
use tcb_test_kit::HandClock;
use tokio::net::TcpListener;

#[path = "../../../../docs/book/examples/metrics.rs"]
mod example;

const GUIDE: &str = include_str!("../../../../docs/book/en/src/how-to/metrics.md");
const DASHBOARD: &str = include_str!("../../../../docs/observability/dashboard.json");
const ALERTS: &str = include_str!("../../../../docs/observability/alerts.yaml");

#[tokio::test]
async fn a_program_is_scraped_for_what_the_guide_promises_and_the_dashboard_asks_for() {
    let router = example::router().unwrap();
    let stage = Stage::set(Backend::Hyper).await;
    stage.open_merchant().await.1.send(ListEnvs::new()).await.unwrap();
    trouble().await;

    let scraped = scrape(router).await;
    let told: BTreeSet<_> =
        scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let promised: Vec<_> =
        GUIDE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let promised: BTreeSet<_> = promised.iter().map(|name| name.replace('.', "_")).collect();
    assert_eq!(told.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), promised);

    for word in
        [DASHBOARD, ALERTS].concat().split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
    {
        if ["tcb_", "http_", "db_"].iter().any(|prefix| word.starts_with(prefix)) {
            let asked = [&format!("\n{word}{{"), &format!("\n{word} "), &format!("{word}=\"")];
            assert!(asked.iter().any(|asked| scraped.contains(*asked)), "nothing tells {word}:\n{scraped}");
        }
    }
    stage.emulator.assert_clean();
}

/// What a program serves, as Prometheus sees it.
async fn scrape(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    tcb_e2e::reqwest_builder().build().unwrap().get(url).send().await.unwrap().text().await.unwrap()
}

/// All that seldom happens.
async fn trouble() {
    let (wire, clock) = (Wire::default(), HandClock::at(1_800_000_000));
    let store = Flaky { store: MemoryStore::new().clock(clock.clone()), ..Flaky::default() };
    let process = || {
        let mut policy = CachePolicy::default();
        policy.refreshes_at_once = 1;
        Platform::builder("wx_component", "secret")
            .transport(wire.clone())
            .store(store.clone())
            .clock(clock.clone())
            .cache(policy)
            .build()
            .unwrap()
    };
    let platform = process();
    let tokens = platform.tokens();
    let call = async |client: &Client| drop(client.send(ListEnvs::new()).await);
    tokens.ticket("ticket@@@0", clock.wall()).await.unwrap();
    for merchant in ["wx1", "wx2", "wx3", "wx4"] {
        tokens.restore(merchant, "refreshtoken@@@1").await.unwrap();
    }
    // Two at once, of which one waits in line.
    let [first, second, third, fourth] =
        ["wx1", "wx2", "wx3", "wx4"].map(|merchant| platform.authorizer(merchant));
    tokio::join!(call(&first), call(&second));
    wire.then("getEnvInfo", json!({"errcode": -1, "errmsg": "system error"}));
    call(&first).await;
    // Refused, and so are its refresh token and, the second time, every other one.
    let dead = || json!({"errcode": 61023, "errmsg": "refresh_token is invalid"});
    for answers in [1, 5] {
        clock.passes(Duration::from_secs(120));
        wire.then("getEnvInfo", json!({"errcode": 40001, "errmsg": "invalid credential"}));
        (0..answers).for_each(|_| wire.then("getAuthorizerAccessToken", dead()));
        call(&first).await;
    }
    wire.0.lock().unwrap().clear();
    // An answer that is lost leaves what another process finds in doubt.
    wire.then("getEnvInfo", json!({"errcode": 40001, "errmsg": "invalid credential"}));
    wire.then("getAuthorizerAccessToken", Value::Null);
    call(&second).await;
    call(&process().authorizer("wx2")).await;
    call(&fourth).await;
    // A store that does not take what WeChat answers, and one that is away.
    store.refuses_tokens.store(true, Ordering::Relaxed);
    let has_ended = AtomicBool::new(false);
    let ending = async {
        call(&third).await;
        has_ended.store(true, Ordering::Relaxed);
    };
    let passing = async {
        let mut seconds = 0;
        while seconds < 100 || !has_ended.load(Ordering::Relaxed) {
            clock.passes(Duration::from_secs(1));
            seconds += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::join!(ending, passing);
    store.is_down.store(true, Ordering::Relaxed);
    // The first of these finds out, behind its caller.
    for _ in 0..2 {
        clock.passes(Duration::from_secs(120));
        call(&fourth).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    store.refuses_tokens.store(false, Ordering::Relaxed);
    store.is_down.store(false, Ordering::Relaxed);
    // Tickets stop, and the list of accounts is refused.
    clock.passes(Duration::from_secs(7200));
    drop(tokens.component().token().await);
    wire.then("getAuthorizerList", json!({"errcode": 48001, "errmsg": "api unauthorized"}));
    let maintained = tokio::time::timeout(Duration::from_millis(200), tokens.maintain()).await;
    assert!(maintained.is_err(), "it has no end");
}

/// Answers well, but for what it is told; null is a time-out.
#[derive(Clone, Debug, Default)]
struct Wire(Arc<Mutex<HashMap<&'static str, VecDeque<Value>>>>);

impl Wire {
    fn then(&self, operation: &'static str, answer: Value) {
        self.0.lock().unwrap().entry(operation).or_default().push_back(answer);
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        tokio::task::yield_now().await;
        let operation = request.operation();
        let next = self.0.lock().unwrap().get_mut(operation).and_then(VecDeque::pop_front);
        if next == Some(Value::Null) {
            return Err(TransportError::new(TransportErrorKind::Timeout));
        }
        let usual = || match operation {
            "getComponentAccessToken" => json!({"component_access_token": "c", "expires_in": 7200}),
            "getAuthorizerAccessToken" => json!({
                "authorizer_access_token": format!("a{}", fastrand::u64(..)),
                "authorizer_refresh_token": "refreshtoken@@@1",
                "expires_in": 7200,
            }),
            "getAuthorizerInfo" => json!({"authorization_info": {
                "authorizer_appid": "wx1", "authorizer_refresh_token": "refreshtoken@@@2", "func_info": [],
            }}),
            "getAuthorizerList" => json!({"total_count": 0, "list": []}),
            _ => json!({"errcode": 0, "info_list": []}),
        };
        Ok(Response::json(next.unwrap_or_else(usual)))
    }
}

#[derive(Clone, Debug, Default)]
struct Flaky {
    store: MemoryStore,
    refuses_tokens: Arc<AtomicBool>,
    is_down: Arc<AtomicBool>,
}

#[async_trait]
impl TokenStore for Flaky {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        self.store.load(key).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        if self.refuses_tokens.load(Ordering::Relaxed) && record.access.is_some() {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        self.store.swap(key, expected, record).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        self.store.authorizers(component, after, limit).await
    }
}
