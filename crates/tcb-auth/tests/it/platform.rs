use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_auth::{AccessToken, AuthErrorKind, CachePolicy, PlatformTokens, TestClock, TokenSource};
use tcb_transport::{TransportError, TransportErrorKind};
use tcb_types::{AuthorizerAppId, Clock};

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Process, SimClock, TestStore};

const COMPONENT: &str = "getComponentAccessToken";
const REFRESH: &str = "getAuthorizerAccessToken";
const EXCHANGE: &str = "getAuthorizerRefreshToken";

struct Scene {
    wechat: WeChat,
    tokens: PlatformTokens,
    clock: TestClock,
}

impl Scene {
    fn without_ticket() -> Self {
        let wechat = WeChat::default();
        let clock = TestClock::default();
        let tokens = PlatformTokens::builder("wx_platform", "secret-canary")
            .transport(wechat.clone())
            .clock(clock.clone())
            .build();
        Self { wechat, tokens, clock }
    }

    async fn new() -> Self {
        let scene = Self::without_ticket();
        scene.tokens.ticket("ticket@@@canary", scene.clock.wall()).await.unwrap();
        scene
    }

    /// With a stored refresh token for `wx_shop`.
    async fn restored() -> Self {
        let scene = Self::new().await;
        scene.tokens.restore("wx_shop", "stored-refresh").await.unwrap();
        scene
    }

    async fn shop_token(&self) -> String {
        value(&self.tokens.authorizer("wx_shop").token().await.unwrap())
    }

    async fn shop_error(&self) -> tcb_auth::AuthError {
        self.tokens.authorizer("wx_shop").token().await.unwrap_err()
    }
}

fn value(token: &AccessToken) -> String {
    token.value().expose().to_owned()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn twenty_cold_callers_cause_one_request() {
    let scene = Scene::new().await;
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let source = scene.tokens.component();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    for caller in callers {
        assert_eq!(value(&caller.await.unwrap().unwrap()), "component-1");
    }
    assert_eq!(scene.wechat.calls(COMPONENT).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_callers_for_one_expired_account_cause_one_refresh() {
    let scene = Scene::restored().await;
    scene.shop_token().await;
    pass(7200).await;
    let callers: Vec<_> = (0..10_000)
        .map(|_| {
            let source = scene.tokens.authorizer("wx_shop");
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    for caller in callers {
        assert_eq!(value(&caller.await.unwrap().unwrap()), "authorizer-4");
    }
    assert_eq!((scene.wechat.calls(COMPONENT).len(), scene.wechat.calls(REFRESH).len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_neither_stops_the_refresh_nor_loses_its_result() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    tokio::time::timeout(Duration::from_millis(10), source.token()).await.unwrap_err();
    pass(3).await;
    assert_eq!(value(&source.cached().unwrap()), "authorizer-2");
    assert_eq!(scene.wechat.calls(REFRESH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_near_its_end_is_handed_out_while_the_next_one_is_fetched() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    let first = source.token().await.unwrap();
    pass(7200 - 10 * 60).await;
    assert_eq!(source.cached(), None, "a refresh is due, and only `token` starts it");
    assert_eq!(source.token().await.unwrap(), first);
    pass(3).await;
    assert_ne!(source.cached().unwrap(), first);
    assert_eq!(scene.wechat.calls(REFRESH).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_says_when_it_ends_so_that_it_can_be_handed_on() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    let asked = scene.clock.wall() + Duration::from_secs(1);
    let token = source.token().await.unwrap();
    assert_eq!(
        token.ends_at(),
        Some(asked + Duration::from_secs(7200)),
        "it was asked for after the platform's own"
    );
    pass(100).await;
    assert_eq!(
        source.token().await.unwrap().ends_at(),
        token.ends_at(),
        "comparing it with the store changes nothing"
    );
    let handed_on = tcb_auth::CachedSource::new(source).clock(scene.clock.clone());
    assert_eq!(handed_on.token().await.unwrap().ends_at(), token.ends_at());
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_leaves_a_living_token_in_place_and_pauses() {
    let scene = Scene::restored().await;
    let first = scene.shop_token().await;
    pass(7200 - 60).await;
    scene.wechat.refuse(REFRESH, -1);
    assert_eq!(scene.shop_token().await, first, "the caller waited for a refresh that failed");
    assert_eq!(scene.wechat.calls(REFRESH).len(), 2);
    pass(5).await;
    assert_ne!(scene.shop_token().await, first, "the pause is over");
}

#[tokio::test(start_paused = true)]
async fn waiting_callers_share_the_error_and_later_ones_get_it_at_once() {
    let scene = Scene::restored().await;
    scene.wechat.refuse(REFRESH, 61023);
    let (one, two) = tokio::join!(scene.shop_error(), scene.shop_error());
    assert_eq!(one.kind(), AuthErrorKind::NeedsReauthorization);
    assert_eq!(two.kind(), AuthErrorKind::NeedsReauthorization);
    assert_eq!(one.api().unwrap().rid(), Some("1-2-3"));
    let later = scene.shop_error().await;
    assert!(later.retry_after().unwrap() <= Duration::from_secs(60));
    assert_eq!(scene.wechat.calls(REFRESH).len(), 1);
    pass(60).await;
    scene.shop_token().await;
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_replaced_once() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    let first = source.token().await.unwrap();
    source.reject(&first).await;
    assert_eq!(source.cached(), None);
    let second = source.token().await.unwrap();
    assert_ne!(second, first);
    source.reject(&second).await;
    assert_eq!(
        source.token().await.unwrap(),
        second,
        "a second rejection within a minute is somebody else's fault"
    );
    assert_eq!(scene.wechat.calls(REFRESH).len(), 2);
    pass(60).await;
    source.reject(&second).await;
    assert_ne!(source.token().await.unwrap(), second);
}

#[tokio::test(start_paused = true)]
async fn a_late_rejection_keeps_the_successor() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    let first = source.token().await.unwrap();
    source.reject(&first).await;
    let second = source.token().await.unwrap();
    pass(120).await;
    source.reject(&first).await;
    assert_eq!(source.token().await.unwrap(), second);
}

#[tokio::test(start_paused = true)]
async fn without_a_ticket_there_is_a_state_of_waiting_that_a_push_ends() {
    let scene = Scene::without_ticket();
    let started = scene.clock.wall();
    pass(30).await;
    let error = scene.tokens.component().token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::NoTicket { since: started });
    scene.tokens.restore("wx_shop", "stored-refresh").await.unwrap();
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::NoTicket { since: started });
    assert_eq!(scene.wechat.calls(COMPONENT).len(), 0);
    scene.tokens.ticket("ticket@@@1", scene.clock.wall()).await.unwrap();
    scene.shop_token().await;
}

#[tokio::test(start_paused = true)]
async fn an_older_ticket_never_replaces_a_newer_one() {
    let scene = Scene::without_ticket();
    let now = scene.clock.wall();
    scene.tokens.ticket("newer", now).await.unwrap();
    scene.tokens.ticket("older", now - Duration::from_secs(600)).await.unwrap();
    scene.tokens.component().token().await.unwrap();
    assert_eq!(scene.wechat.calls(COMPONENT)[0]["component_verify_ticket"], "newer");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_lasts_twelve_hours() {
    let scene = Scene::new().await;
    let pushed = scene.clock.wall();
    pass(12 * 3600 - 1).await;
    scene.tokens.component().token().await.unwrap();
    pass(7200).await;
    let error = scene.tokens.component().token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::NoTicket { since: pushed + Duration::from_secs(12 * 3600) });
}

#[tokio::test(start_paused = true)]
async fn a_refused_ticket_is_not_tried_again_until_the_next_push() {
    let scene = Scene::restored().await;
    scene.wechat.refuse(COMPONENT, 61006);
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::TicketRefused);
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::TicketRefused);
    assert_eq!(scene.wechat.calls(COMPONENT).len(), 1);
    scene.tokens.ticket("ticket@@@next", scene.clock.wall()).await.unwrap();
    scene.shop_token().await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_the_configurations_fault() {
    let scene = Scene::new().await;
    scene.wechat.refuse(COMPONENT, 40125);
    assert_eq!(scene.tokens.component().token().await.unwrap_err().kind(), AuthErrorKind::Misconfigured);
}

#[tokio::test(start_paused = true)]
async fn the_refresh_token_of_the_last_answer_is_the_next_one_sent() {
    let scene = Scene::restored().await;
    scene.shop_token().await;
    pass(7200).await;
    scene.shop_token().await;
    let sent: Vec<_> =
        scene.wechat.calls(REFRESH).iter().map(|call| call["authorizer_refresh_token"].clone()).collect();
    assert_eq!(sent, ["stored-refresh", "refresh-2"]);
    assert!(scene.tokens.refresh_token(&AuthorizerAppId::new("wx_shop")).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_platform_token_that_was_replaced_elsewhere_is_fetched_anew_once() {
    let scene = Scene::restored().await;
    scene.tokens.component().token().await.unwrap();
    scene.wechat.refuse(REFRESH, 40001);
    scene.shop_token().await;
    let sent: Vec<_> = scene.wechat.calls(REFRESH).iter().map(|call| call["token"].clone()).collect();
    assert_eq!(sent, ["component-1", "component-3"]);
}

#[tokio::test(start_paused = true)]
async fn a_platform_token_that_is_always_refused_ends_in_an_error_and_not_in_a_loop() {
    let scene = Scene::restored().await;
    for _ in 0..10 {
        scene.wechat.refuse(REFRESH, 40001);
    }
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::Misconfigured);
    assert_eq!(scene.wechat.calls(REFRESH).len(), 2);
    assert_eq!(scene.wechat.calls(COMPONENT).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_code_of_a_redirect_brings_tokens() {
    let scene = Scene::new().await;
    let granted = scene.tokens.exchange_code("code-1").await.unwrap();
    assert_eq!(granted.app_id, "wx_shop");
    assert_eq!(granted.permission_sets().collect::<Vec<_>>(), [49]);
    assert_eq!(scene.shop_token().await, "granted-2");
    pass(7200).await;
    scene.shop_token().await;
    assert_eq!(scene.wechat.calls(REFRESH)[0]["authorizer_refresh_token"], "granted-refresh-2");
}

#[tokio::test(start_paused = true)]
async fn an_exchange_goes_on_when_its_caller_goes_away() {
    let scene = Scene::new().await;
    tokio::time::timeout(Duration::from_millis(10), scene.tokens.exchange_code("code-1")).await.unwrap_err();
    pass(5).await;
    assert_eq!(scene.shop_token().await, "granted-2");
}

#[tokio::test(start_paused = true)]
async fn an_authorisation_event_is_exchanged_once_however_often_it_comes() {
    let scene = Scene::new().await;
    let created = scene.clock.wall();
    for _ in 0..3 {
        scene.tokens.authorized("wx_shop", "code-1", created).await.unwrap();
    }
    pass(5).await;
    scene.tokens.authorized("wx_shop", "code-1", created).await.unwrap();
    assert_eq!(scene.shop_token().await, "granted-2");
    assert_eq!(scene.wechat.calls(EXCHANGE).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_the_redirect_used_up_does_no_harm_when_the_push_brings_it() {
    let scene = Scene::restored().await;
    scene.wechat.refuse(EXCHANGE, 61009);
    scene.tokens.authorized("wx_shop", "code-1", scene.clock.wall()).await.unwrap();
    assert_eq!(scene.shop_token().await, "authorizer-3");
}

#[tokio::test(start_paused = true)]
async fn a_new_authorisation_clears_a_dead_one() {
    let scene = Scene::restored().await;
    scene.wechat.refuse(REFRESH, 61023);
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::NeedsReauthorization);
    scene.tokens.authorized("wx_shop", "code-1", scene.clock.wall()).await.unwrap();
    assert!(scene.shop_token().await.starts_with("granted-"));
}

#[tokio::test(start_paused = true)]
async fn events_count_in_the_order_in_which_they_were_made() {
    let scene = Scene::new().await;
    let now = scene.clock.wall();
    scene.tokens.authorized("wx_shop", "code-1", now).await.unwrap();
    pass(5).await;
    scene.tokens.unauthorized("wx_shop", now - Duration::from_secs(60)).await.unwrap();
    scene.shop_token().await;
    scene.tokens.unauthorized("wx_shop", now + Duration::from_secs(60)).await.unwrap();
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::NotAuthorized);
    scene.tokens.authorized("wx_shop", "code-0", now).await.unwrap();
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::NotAuthorized, "the older event came last");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_account_is_not_asked_for() {
    let scene = Scene::new().await;
    assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::UnknownAccount);
    assert_eq!(scene.wechat.calls(REFRESH).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_broken_wire_is_tried_again_after_a_pause() {
    let scene = Scene::restored().await;
    scene.wechat.script(REFRESH, Script::Fail(TransportError::new(TransportErrorKind::Interrupted)));
    let error = scene.shop_error().await;
    assert_eq!(error.kind(), AuthErrorKind::Unavailable);
    assert!(error.is_retryable() && error.retry_after().unwrap() <= Duration::from_secs(1));
    pass(1).await;
    scene.shop_token().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_or_a_transport_that_hangs_ends_the_flight_and_not_the_source() {
    for script in [Script::Panic, Script::Hang] {
        let scene = Scene::restored().await;
        scene.wechat.script(REFRESH, script);
        assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::Unavailable);
        pass(5).await;
        scene.shop_token().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_token_is_refused() {
    for answer in [
        json!({"authorizer_access_token": "", "expires_in": 7200}),
        json!({"authorizer_access_token": "t".repeat(5000), "expires_in": 7200}),
        json!({"expires_in": 7200}),
        json!({"authorizer_access_token": {"canary": 1}, "expires_in": 7200}),
    ] {
        let scene = Scene::restored().await;
        scene.wechat.script(REFRESH, Script::Answer(answer));
        assert_eq!(scene.shop_error().await.kind(), AuthErrorKind::Malformed);
    }
}

/// A process that has a ticket, over a store that other processes share.
async fn process(wechat: &WeChat, store: &TestStore, policy: CachePolicy) -> Process {
    let process = Process::start("a", wechat, store, policy);
    process.tokens.ticket("ticket", process.clock.wall()).await.unwrap();
    process
}

/// An answer of `operation` with this life of its token; with none if it is `null`.
fn living(operation: &str, life: &Value) -> Value {
    let mut answer = match operation {
        COMPONENT => json!({"component_access_token": "odd"}),
        REFRESH => json!({"authorizer_access_token": "odd", "authorizer_refresh_token": "r1"}),
        _ => json!({"authorizer_appid": "wx_shop", "authorizer_access_token": "odd",
            "authorizer_refresh_token": "r1", "func_info": []}),
    };
    if !life.is_null() {
        answer["expires_in"] = life.clone();
    }
    if operation == EXCHANGE { json!({"authorization_info": answer}) } else { answer }
}

#[tokio::test(start_paused = true)]
async fn a_life_outside_its_bounds_is_brought_inside_and_heard() {
    let short =
        [json!(0), json!(59), json!(-7200), json!(null), json!("soon"), json!([7200]), json!({"s": 1})];
    let long = [json!(86_401), json!(172_800), json!(u64::MAX), json!(1e300), json!("172800")];
    let lives = short.map(|life| (life, 60_000)).into_iter().chain(long.map(|life| (life, 86_400_000)));
    for (life, taken) in lives {
        for operation in [COMPONENT, REFRESH, EXCHANGE] {
            let wechat = WeChat::default();
            let a = process(&wechat, &TestStore::new(SimClock::new()), CachePolicy::default()).await;
            wechat.script(operation, Script::Answer(living(operation, &life)));
            let name = if operation == COMPONENT { "" } else { "wx_shop" };
            match operation {
                REFRESH => a.tokens.restore("wx_shop", "r0").await.unwrap(),
                EXCHANGE => a.tokens.authorized("wx_shop", "code", a.clock.wall()).await.unwrap(),
                _ => {}
            }
            let token = a.source(name).token().await;
            assert_eq!(
                token.as_ref().map(value).ok().as_deref(),
                Some("odd"),
                "{operation} {life} {token:?}"
            );
            assert_eq!(a.store.look(name).await["access"]["life"], taken, "{operation} {life}");
            assert_eq!(a.ear.heard("OddLife"), 1, "{operation} {life}");
            assert_eq!(a.ear.heard("MintFailed"), 0, "{operation} {life}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_life_inside_its_bounds_is_taken_as_it_is() {
    for (life, taken) in [(json!(60), 60_000), (json!(86_400), 86_400_000), (json!("7200"), 7_200_000)] {
        let wechat = WeChat::default();
        let a = process(&wechat, &TestStore::new(SimClock::new()), CachePolicy::default()).await;
        wechat.script(COMPONENT, Script::Answer(living(COMPONENT, &life)));
        a.tokens.component().token().await.unwrap();
        assert_eq!(a.store.look("").await["access"]["life"], taken);
        assert_eq!(a.ear.heard("OddLife"), 0, "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_odd_answer_has_replaced_the_platforms_token_all_the_same() {
    let wechat = WeChat::default();
    let a = process(&wechat, &TestStore::new(SimClock::new()), CachePolicy::default()).await;
    let good = a.tokens.component().token().await.unwrap();
    a.tokens.component().reject(&good).await;
    let odd = json!({"component_access_token": "t".repeat(5000), "expires_in": 7200});
    wechat.script(COMPONENT, Script::Answer(odd));
    let error = a.tokens.component().token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Malformed);
    let record = a.store.look("").await;
    assert_eq!((&record["contested"], &record["lease"]), (&json!(true), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_clock_was_set_back_does_not_put_off_the_settling_of_a_doubtful_token() {
    let wechat = WeChat::default();
    let store = TestStore::new(SimClock::new());
    let a = process(&wechat, &store, CachePolicy::default()).await;
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    let source = a.tokens.authorizer("wx_shop");
    let first = source.token().await.unwrap();
    store.clock().jump(3600);
    source.reject(&first).await;
    let lost = TransportError::new(TransportErrorKind::Interrupted);
    wechat.script(REFRESH, Script::Fail(lost));
    source.token().await.unwrap_err();
    store.clock().jump(-3600);

    let b = Process::start("b", &wechat, &store, CachePolicy::default());
    assert_eq!(b.tokens.authorizer("wx_shop").token().await.unwrap(), first);
    assert_eq!(b.ear.heard("Contested"), 1);
    pass(31).await;
    b.tokens.authorizer("wx_shop").token().await.unwrap();
    pass(5).await;
    assert_eq!(b.ear.heard("Minted Contested"), 1, "{:?}", b.ear.all());
}

/// A time of a policy.
type Place = fn(&mut CachePolicy) -> &mut Duration;

/// Has a process live through what a policy may meet, and answers what its account got.
async fn a_life_under(policy: CachePolicy) -> Vec<String> {
    let wechat = WeChat::default();
    let a = process(&wechat, &TestStore::new(SimClock::new()), policy).await;
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    let source = a.tokens.authorizer("wx_shop");
    let mut got = Vec::new();
    let first = source.token().await.unwrap();
    got.push(value(&first));
    pass(120).await;
    got.push(value(&source.token().await.unwrap()));
    source.reject(&first).await;
    got.push(value(&source.token().await.unwrap()));
    wechat.script(REFRESH, Script::Status(503));
    pass(7190).await;
    let _ = source.token().await;
    a.store.set(crate::world::Line::Down);
    pass(100).await;
    let _ = source.token().await;
    a.store.set(crate::world::Line::Up);
    pass(10).await;
    a.tokens.authorized("wx_shop", "code", a.clock.wall()).await.unwrap();
    got.push(value(&source.token().await.unwrap()));
    // Another process looks at what is stored.
    let b = Process::start("b", &wechat, &a.store, CachePolicy::default());
    got.push(value(&b.tokens.authorizer("wx_shop").token().await.unwrap()));
    a.tokens.reconcile().await.unwrap();
    assert!(a.tokens.close(Duration::MAX).await);
    got
}

#[tokio::test(start_paused = true)]
async fn the_longest_time_in_any_place_of_a_policy_neither_panics_nor_hangs() {
    let places: [(&str, Place); 21] = [
        ("verify_after", |policy| &mut policy.verify_after),
        ("store_timeout", |policy| &mut policy.store_timeout),
        ("store_pause", |policy| &mut policy.store_pause),
        ("refresh_ahead", |policy| &mut policy.refresh_ahead),
        ("refresh_spread", |policy| &mut policy.refresh_spread),
        ("mandatory", |policy| &mut policy.mandatory),
        ("mint_timeout", |policy| &mut policy.mint_timeout),
        ("lease", |policy| &mut policy.lease),
        ("unanswered_window", |policy| &mut policy.unanswered_window),
        ("poll", |policy| &mut policy.poll),
        ("backoff", |policy| &mut policy.backoff),
        ("backoff_limit", |policy| &mut policy.backoff_limit),
        ("urgent_backoff_limit", |policy| &mut policy.urgent_backoff_limit),
        ("refusal_pause", |policy| &mut policy.refusal_pause),
        ("refusal_pause_limit", |policy| &mut policy.refusal_pause_limit),
        ("rejection_interval", |policy| &mut policy.rejection_interval),
        ("young", |policy| &mut policy.recently_minted),
        ("code_life", |policy| &mut policy.code_life),
        ("ticket_life", |policy| &mut policy.ticket_life),
        ("ticket_old", |policy| &mut policy.ticket_old),
        ("reconcile_after", |policy| &mut policy.reconcile_after),
    ];
    for (name, place) in places {
        let mut policy = CachePolicy::default();
        *place(&mut policy) = Duration::MAX;
        let life = tokio::spawn(a_life_under(policy));
        let got = tokio::time::timeout(Duration::from_secs(86_400), life).await;
        let got = got.unwrap_or_else(|_| panic!("{name} hangs"));
        let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(got.len(), 5, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_the_store_does_not_know_is_told_from_one_that_cancelled() {
    let kind = async |a: &Process| {
        let error = a.tokens.authorizer("wx_shop").token().await.unwrap_err();
        format!("{:?}", error.kind())
    };
    let wechat = WeChat::default();
    let store = TestStore::new(SimClock::new());
    let a = process(&wechat, &store, CachePolicy::default()).await;
    wechat.keeps_books(Rotation::Stable, store.clock());
    assert_eq!(kind(&a).await, "UnknownAccount", "it never authorised");
    wechat.has_account("wx_shop", "r0");
    a.tokens.reconcile().await.unwrap();
    a.tokens.authorizer("wx_shop").token().await.unwrap();

    store.empty();
    let b = process(&wechat, &store, CachePolicy::default()).await;
    assert_eq!(kind(&b).await, "UnknownAccount", "the store lost it");
    assert_eq!(b.tokens.reconcile().await.unwrap().added, ["wx_shop"]);
    b.tokens.authorizer("wx_shop").token().await.unwrap();

    b.tokens.unauthorized("wx_shop", b.clock.wall()).await.unwrap();
    assert_eq!(kind(&b).await, "NotAuthorized");
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_refreshes_and_refuses_new_ones() {
    let scene = Scene::restored().await;
    let source = scene.tokens.authorizer("wx_shop");
    tokio::time::timeout(Duration::from_millis(10), source.token()).await.unwrap_err();
    assert!(!scene.tokens.close(Duration::from_millis(10)).await);
    assert!(scene.tokens.close(Duration::from_secs(10)).await);
    assert_eq!(value(&source.cached().unwrap()), "authorizer-2");
    assert_eq!(scene.tokens.component().token().await.map(|token| value(&token)).unwrap(), "component-1");
    scene.tokens.restore("wx_other", "r").await.unwrap();
    let error = scene.tokens.authorizer("wx_other").token().await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Closed);
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let tokens = PlatformTokens::builder("wx_platform", "secret").transport(WeChat::default()).build();
    let source = tokens.component();
    let mut call = source.token();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(error.kind(), AuthErrorKind::NoRuntime);
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_shown() {
    let scene = Scene::new().await;
    scene.tokens.restore("wx_shop", "refresh-canary").await.unwrap();
    scene.wechat.script(
        REFRESH,
        Script::Answer(json!({"errcode": 61023, "errmsg": "refresh-canary of secret-canary is invalid"})),
    );
    let error = scene.shop_error().await;
    let mut shown = format!("{error:?} {error} {:?} {:?}", scene.tokens, scene.tokens.authorizer("wx_shop"));
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(shown, " {error} {error:?}");
        cause = error.source();
    }
    assert!(!shown.contains("refresh-canary"), "{shown}");
    assert!(!format!("{:#?}", scene.tokens).contains("canary"));
}
