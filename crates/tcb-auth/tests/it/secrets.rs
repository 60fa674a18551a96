//! No secret in anything that can be shown: a word that is part of every secret here is looked for
//! everywhere.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_auth::{
    AccessToken, AuthError, AuthorizationLink, CachePolicy, CloudbaseTokenFile, MemoryStore, Observer,
    PlatformTokens, Record, StaticToken, StoreError, StoreErrorKind, TokenEvent, TokenSource, TokenStore,
};
use tcb_test_kit::ProcessLog;
use tcb_transport::{AttemptErrorKind, TransportError, TransportErrorKind, call_once, prepare};
use tcb_types::authorization::{GetAuthorizerAccessToken, GetComponentAccessToken};
use tcb_types::{AuthorizerAppId, Clock};

use crate::wechat::{Script, WeChat};
use crate::world::{Line, Process, SimClock, TestStore, key};

const COMPONENT: &str = "getComponentAccessToken";
const REFRESH: &str = "getAuthorizerAccessToken";
const EXCHANGE: &str = "getAuthorizerRefreshToken";

/// What the panics of the whole process say.
fn panics() -> &'static Mutex<String> {
    static PANICS: OnceLock<Mutex<String>> = OnceLock::new();
    PANICS.get_or_init(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = writeln!(panics().lock().unwrap_or_else(PoisonError::into_inner), "{panic}");
            before(panic);
        }));
        Mutex::default()
    })
}

/// Everything that was shown.
#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<String>>);

impl Shown {
    fn show(&self, thing: &impl Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{thing:?} {thing:#?}");
    }

    fn show_error(&self, error: &dyn Error) {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let _ = writeln!(self.0.lock().unwrap(), "{error} {error:?} {error:#?}");
            cause = error.source();
        }
    }

    /// Hands the outcome on, and shows it if it is an error.
    fn fails<T: Debug>(&self, outcome: Result<T, AuthError>) {
        self.show_error(&outcome.unwrap_err());
    }
}

impl Observer for Shown {
    fn on(&self, event: &TokenEvent<'_>) {
        self.show(event);
        if let TokenEvent::MintFailed { error, .. } = event {
            self.show_error(error);
        }
        if let TokenEvent::StoreFailed { error, .. } = event {
            self.show_error(error);
        }
    }
}

struct Stage {
    shown: Shown,
    wechat: WeChat,
    store: TestStore,
    clock: SimClock,
    tokens: PlatformTokens,
}

impl Stage {
    async fn set(shown: &Shown) -> Self {
        let store = TestStore::new(SimClock::new());
        let (wechat, clock) = (WeChat::default(), store.clock());
        let builder = PlatformTokens::builder("wx_platform", "secret-canary");
        shown.show(&builder);
        let tokens = builder
            .transport(wechat.clone())
            .store(store.clone())
            .clock(clock.clone())
            .observer(shown.clone())
            .build();
        tokens.ticket("ticket@@@canary", clock.wall()).await.unwrap();
        tokens.restore("wx_shop", "refreshtoken@@@canary").await.unwrap();
        wechat.script(
            COMPONENT,
            Script::Answer(json!({"component_access_token": "component-canary", "expires_in": 7200})),
        );
        Self { shown: shown.clone(), wechat, store, clock, tokens }
    }

    async fn component(&self) {
        self.tokens.component().token().await.unwrap();
    }

    fn answers(&self, operation: &str, answer: Value) {
        self.wechat.script(operation, Script::Answer(answer));
    }
}

fn granted() -> Value {
    json!({"authorization_info": {
        "authorizer_appid": "wx_shop", "authorizer_access_token": "granted-canary", "expires_in": 7200,
        "authorizer_refresh_token": "granted-refresh-canary", "func_info": [],
    }})
}

/// Tokens come, are refused, die and are found again; the store fails; merchants come and go.
async fn a_life_of_a_platform(shown: &Shown) {
    let stage = Stage::set(shown).await;
    let shop = stage.tokens.authorizer("wx_shop");
    stage.answers(REFRESH, json!({"errcode": -1, "errmsg": "refreshtoken@@@canary, component-canary"}));
    shown.fails(shop.token().await);
    shown.show(&shop.token().await.map(drop));
    pass(5).await;
    stage.answers(
        REFRESH,
        json!({"authorizer_access_token": "access-canary", "expires_in": 7200, "authorizer_refresh_token": "next-canary"}),
    );
    let token = shop.token().await.unwrap();
    shown.show(&(&token, token.value(), token.query_token(), &shop, stage.tokens.component(), &stage.tokens));
    shown.show(&StaticToken::from(token.clone()));
    shop.reject(&token).await;
    stage.answers(REFRESH, json!({"errcode": 61023, "errmsg": "next-canary is dead"}));
    stage.answers(REFRESH, json!({"errcode": 61023, "errmsg": "refreshtoken@@@canary is dead"}));
    stage.answers(
        "getAuthorizerInfo",
        json!({"authorization_info": {"authorizer_appid": "wx_shop", "authorizer_refresh_token": "info-canary"}}),
    );
    stage.answers(REFRESH, json!({"errcode": 61023, "errmsg": "info-canary is dead"}));
    stage.answers(
        "getAuthorizerList",
        json!({"total_count": 1, "list": [{"authorizer_appid": "wx_shop", "refresh_token": "list-canary"}]}),
    );
    stage.answers(REFRESH, json!({"errcode": 61023, "errmsg": "list-canary is dead"}));
    shown.fails(shop.token().await);
    stage.answers(EXCHANGE, granted());
    stage.tokens.authorized("wx_shop", "code-canary", stage.clock.wall()).await.unwrap();
    pass(3).await;
    shown.show(&shop.token().await.unwrap());
    shown.show(&stage.tokens.refresh_token(&AuthorizerAppId::new("wx_shop")).await.unwrap().unwrap());
    let loaded = stage.store.load(&key("wx_shop")).await.unwrap();
    shown.show(&loaded);
    let record = loaded.held.unwrap().1;
    shown.show(&Record::decode(&record).unwrap());
    shown.show(&record);
    stage.answers(EXCHANGE, granted());
    shown.show(&stage.tokens.exchange_code("another-code-canary").await.unwrap());
    stage.answers(
        "getAuthorizerList",
        json!({"total_count": 1, "list": [{"authorizer_appid": "wx_new", "refresh_token": "listed-canary"}]}),
    );
    shown.show(&stage.tokens.reconcile().await.unwrap());
    stage.tokens.unauthorized("wx_shop", stage.clock.wall()).await.unwrap();
    shown.fails(shop.token().await);
    stage.store.set(Line::Down);
    shown.fails(stage.tokens.ticket("next-ticket-canary", stage.clock.wall()).await);
    shown.fails(stage.tokens.authorizer("wx_new").token().await);
    shown.show(&stage.tokens.counters());
    stage.store.set(Line::Up);
    pass(6).await;
    stage.answers(REFRESH, json!({"authorizer_access_token": "kept-canary", "expires_in": 7200}));
    let new = stage.tokens.authorizer("wx_new");
    let call = tokio::spawn(async move { new.token().await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    stage.store.set(Line::Hangs);
    shown.show(&stage.tokens.close(Duration::from_secs(1)).await);
    shown.show(&stage.tokens.unsaved());
    shown.show(&call.await.unwrap().unwrap());
    shown.fails(stage.tokens.authorizer("wx_other").token().await);
}

/// Each call fails in each way, and is echoed the secrets that it carries.
async fn calls_that_fail(shown: &Shown) {
    let echo = "secret-canary ticket@@@canary refreshtoken@@@canary component-canary code-canary";
    let echoes = |operation| match operation {
        COMPONENT => "secret-canary ticket@@@canary",
        REFRESH => "refreshtoken@@@canary component-canary",
        _ => "code-canary component-canary",
    };
    for operation in [COMPONENT, REFRESH, EXCHANGE] {
        for script in [
            Script::Answer(json!({"errcode": 40013, "errmsg": echoes(operation)})),
            Script::Answer(json!({"errcode": 40001, "errmsg": echoes(operation)})),
            Script::Answer(
                json!({"component_access_token": [echo], "authorizer_access_token": {"a": echo}, "authorization_info": echo}),
            ),
            Script::Answer(
                json!({"component_access_token": "fresh-canary", "authorizer_access_token": "fresh-canary", "expires_in": echo}),
            ),
            Script::Answer(
                json!({"component_access_token": "fresh-canary".repeat(999), "authorizer_access_token": "fresh-canary", "expires_in": 1}),
            ),
            Script::Answer(json!(echo)),
            Script::Status(403),
            Script::Status(502),
            Script::Fail(TransportError::new(TransportErrorKind::Interrupted)),
            Script::Panic,
        ] {
            let stage = Stage::set(shown).await;
            if operation == COMPONENT {
                stage.wechat.forget_scripts();
                stage.wechat.script(operation, script);
                // A token with an odd life is one all the same.
                if let Err(error) = stage.tokens.authorizer("wx_shop").token().await {
                    stage.shown.show_error(&error);
                }
                continue;
            }
            stage.component().await;
            stage.wechat.script(operation, script);
            // A refused platform token is replaced, and the second try goes well.
            let outcome = if operation == REFRESH {
                stage.tokens.authorizer("wx_shop").token().await.map(drop)
            } else {
                stage.tokens.exchange_code("code-canary").await.map(drop)
            };
            if let Err(error) = outcome {
                stage.shown.show_error(&error);
            }
        }
    }
}

/// What is neither a token's life nor a call's.
async fn the_rest(shown: &Shown) {
    let operation = GetComponentAccessToken::new("wx", "secret-canary", "ticket@@@canary");
    shown.show(&(&operation, prepare(&operation).unwrap()));
    let operation = GetAuthorizerAccessToken::new("wx", "wx_shop", "refreshtoken@@@canary");
    let token = AccessToken::component("component-canary").in_parameter("component_access_token");
    let wechat = WeChat::default();
    wechat.script(
        REFRESH,
        Script::Answer(json!({"errcode": 1, "errmsg": "refreshtoken@@@canary component-canary"})),
    );
    let error = call_once(&wechat, Some(token.query_token()), &operation, None).await.unwrap_err();
    assert!(matches!(error.kind(), AttemptErrorKind::Api(_)));
    shown.show_error(&error);
    shown.show_error(&AuthError::from(error));
    shown.show(&call_once(&wechat, Some(token.query_token()), &operation, None).await.unwrap());
    let link = AuthorizationLink::new("wx", "preauthcode@@@canary", "https://h");
    shown.show(&(&link, link.for_desktop(), link.for_phone()));
    for kind in [
        StoreErrorKind::Unavailable,
        StoreErrorKind::TimedOut,
        StoreErrorKind::Corrupt,
        StoreErrorKind::Misconfigured,
    ] {
        shown.show_error(&StoreError::new(kind));
        shown.show_error(&AuthError::from(StoreError::new(kind)));
    }
    let memory = MemoryStore::new();
    let tokens = PlatformTokens::builder("wx", "secret-canary")
        .transport(wechat.clone())
        .store(memory.clone())
        .build();
    tokens.restore("wx_shop", "refreshtoken@@@canary").await.unwrap();
    shown.show(&(&memory, &tokens, CachePolicy::default()));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "file-token-canary").unwrap();
    let source = CloudbaseTokenFile::new(file.path());
    shown.show(&(source.token().await.unwrap(), source.cached(), &source));
    let store = TestStore::new(SimClock::new());
    shown.show(&Process::start("a", &wechat, &store, CachePolicy::default()));
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn neither_values_nor_errors_nor_events_nor_logs_show_a_secret() {
    let (log, panics) = (ProcessLog::get(), panics());
    let shown = Shown::default();
    a_life_of_a_platform(&shown).await;
    calls_that_fail(&shown).await;
    the_rest(&shown).await;
    let shown = shown.0.lock().unwrap().clone();
    for sign in [
        "Minted",
        "MintFailed",
        "Rejected",
        "NeedsReauthorization",
        "StoreFailed",
        "TimedOut",
        "Abandoned",
        "Unsaved",
        "AccessToken",
        "Record",
        "HTTP status 403",
        "errcode 61023",
    ] {
        assert!(shown.contains(sign), "{sign} was looked at");
    }
    let log = log.text();
    assert!(
        log.contains("could not mint a token") && log.contains("wx_platform/wx_shop"),
        "the log was captured"
    );
    let panics = panics.lock().unwrap().clone();
    assert!(panics.contains("the transport is broken"), "the panics were captured");
    for text in [shown, log, panics] {
        for line in text.lines() {
            assert!(!line.contains("canary"), "{line}");
        }
    }
}
