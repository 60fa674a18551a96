//! What comes between a request to WeChat and the moment at which its answer is stored.

use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::json;
use tcb_auth::{CachePolicy, PlatformTokens, TokenSource};
use tcb_transport::{MockTransport, TransportError, TransportErrorKind};
use tcb_types::Clock;

use crate::wechat::{Rotation, Script, WeChat};
use crate::world::{Line, Process, SimClock, TestStore};

async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// A process that has its platform token.
async fn stage() -> (WeChat, TestStore, Process) {
    let (wechat, store) = (WeChat::default(), TestStore::new(SimClock::new()));
    let process = Process::start("a", &wechat, &store, CachePolicy::default());
    process.tokens.ticket("ticket", process.clock.wall()).await.unwrap();
    process.tokens.component().token().await.unwrap();
    (wechat, store, process)
}

/// Has `a` exchange a code whose storing is not acknowledged, and cuts its store off.
async fn exchange_unheard(a: &Process) -> tokio::task::JoinHandle<()> {
    a.store.set(Line::Deaf);
    let tokens = a.tokens.clone();
    let exchange = tokio::spawn(async move { drop(tokens.exchange_code("c1").await) });
    pass(2000).await;
    a.store.set(Line::Down);
    pass(100).await;
    exchange
}

#[tokio::test(start_paused = true)]
async fn storing_an_exchange_again_does_not_undo_a_cancellation() {
    let (wechat, store, a) = stage().await;
    let b = Process::start("b", &wechat, &store, CachePolicy::default());
    let exchange = exchange_unheard(&a).await;
    b.tokens.unauthorized("wx_shop", b.clock.wall()).await.unwrap();
    a.store.set(Line::Up);
    exchange.await.unwrap();
    pass(20_000).await;
    assert_eq!(store.look("wx_shop").await["authorization"]["standing"], "Revoked");
}

#[tokio::test(start_paused = true)]
async fn storing_an_exchange_again_does_not_overwrite_a_later_refresh() {
    let (wechat, store, a) = stage().await;
    let b = Process::start("b", &wechat, &store, CachePolicy::default());
    let exchange = exchange_unheard(&a).await;
    let source = b.tokens.authorizer("wx_shop");
    let token = source.token().await.unwrap();
    source.reject(&token).await;
    source.token().await.unwrap();
    let rotated = store.look("wx_shop").await;
    a.store.set(Line::Up);
    exchange.await.unwrap();
    pass(20_000).await;
    let after = store.look("wx_shop").await;
    assert_eq!(after["authorization"]["current"], rotated["authorization"]["current"]);
    assert_eq!(after["access"]["token"], rotated["access"]["token"]);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_sleeps_before_it_stores_stores_no_longer_life() {
    let (wechat, store, a) = stage().await;
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    wechat.script("getAuthorizerAccessToken", Script::Slow(Duration::from_secs(3)));
    let tokens = a.tokens.clone();
    let call = tokio::spawn(async move { tokens.authorizer("wx_shop").token().await });
    pass(1000).await;
    let asked = a.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap();
    a.store.set(Line::Down);
    pass(3000).await;
    a.clock.slept(Duration::from_secs(3600));
    tokio::time::advance(Duration::from_secs(3600)).await;
    a.store.set(Line::Up);
    drop(call.await.unwrap());
    pass(20_000).await;
    let record = store.look("wx_shop").await;
    let expires = Duration::from_millis(record["access"]["expires_at"].as_u64().unwrap());
    assert!(expires <= asked + Duration::from_secs(7200), "{record}");
}

#[tokio::test(start_paused = true)]
async fn reconciling_keeps_what_was_rotated_while_the_list_was_read() {
    let (wechat, store, a) = stage().await;
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    let listed = |app_id, token| json!({"authorizer_appid": app_id, "refresh_token": token, "auth_time": 1});
    let list = json!({"total_count": 2, "list": [listed("wx_other", "o0"), listed("wx_shop", "r0")]});
    wechat.script("getAuthorizerList", Script::Answer(list));
    let b = Process::start("b", &wechat, &store, CachePolicy::default());
    a.store.set(Line::Slow(Duration::from_millis(1500)));
    let tokens = a.tokens.clone();
    let reconciling = tokio::spawn(async move { tokens.reconcile().await });
    pass(2800).await;
    b.tokens.authorizer("wx_shop").token().await.unwrap();
    let rotated = store.look("wx_shop").await["authorization"]["current"].clone();
    assert_ne!(rotated, "r0");
    drop(reconciling.await.unwrap());
    assert_eq!(store.look("wx_shop").await["authorization"]["current"], rotated);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_is_delivered_again_does_not_undo_a_new_authorisation() {
    let (wechat, store, a) = stage().await;
    wechat.keeps_books(Rotation::Stable, store.clock());
    wechat.has_account("wx_shop", "r0");
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    let cancelled = a.clock.wall();
    a.tokens.unauthorized("wx_shop", cancelled).await.unwrap();
    assert_eq!(store.look("wx_shop").await["authorization"]["standing"], "Revoked");
    pass(2000).await;
    wechat.issues_code("c2", "wx_shop");
    a.tokens.exchange_code("c2").await.unwrap();
    a.tokens.unauthorized("wx_shop", cancelled).await.unwrap();
    assert_eq!(store.look("wx_shop").await["authorization"]["standing"], "Active");
}

#[tokio::test(start_paused = true)]
async fn a_push_of_a_known_code_does_not_throw_a_refresh_token_away() {
    let (wechat, store, a) = stage().await;
    wechat.keeps_books(Rotation::Strict, store.clock());
    let platform = a.tokens.component();
    let token = platform.token().await.unwrap();
    platform.reject(&token).await;
    platform.token().await.unwrap();
    wechat.issues_code("c1", "wx_shop");
    let created = a.clock.wall();
    a.tokens.exchange_code("c1").await.unwrap();
    let source = a.tokens.authorizer("wx_shop");
    let token = source.token().await.unwrap();
    source.reject(&token).await;
    wechat.script("getAuthorizerAccessToken", Script::Slow(Duration::from_secs(3)));
    let call = tokio::spawn(async move { source.token().await });
    pass(1500).await;
    a.tokens.authorized("wx_shop", "c1", created).await.unwrap();
    call.await.unwrap().unwrap();
    pass(10_000).await;
    let stored = store.look("wx_shop").await["authorization"]["current"].as_str().unwrap().to_owned();
    assert!(wechat.accepts_refresh("wx_shop", &stored), "{stored}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_beside_an_odd_access_token_is_kept() {
    let (wechat, store, a) = stage().await;
    a.tokens.restore("wx_shop", "r0").await.unwrap();
    let odd = "t".repeat(5000);
    let odd = json!({"authorizer_access_token": odd, "expires_in": 7200, "authorizer_refresh_token": "r1"});
    wechat.script("getAuthorizerAccessToken", Script::Answer(odd));
    a.tokens.authorizer("wx_shop").token().await.unwrap_err();
    assert_eq!(store.look("wx_shop").await["authorization"]["current"], "r1");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_of_a_code_beside_an_odd_access_token_is_kept() {
    let (wechat, store, a) = stage().await;
    let odd = "t".repeat(5000);
    let odd = json!({"authorization_info": {"authorizer_appid": "wx_shop", "authorizer_access_token": odd,
        "expires_in": 7200, "authorizer_refresh_token": "r1", "func_info": []}});
    wechat.script("getAuthorizerRefreshToken", Script::Answer(odd));
    wechat.refuse("getAuthorizerRefreshToken", 61010);
    a.tokens.authorized("wx_shop", "c1", a.clock.wall()).await.unwrap();
    pass(5000).await;
    assert_eq!(store.look("wx_shop").await["authorization"]["current"], "r1");
}

#[tokio::test(start_paused = true)]
async fn what_waits_to_be_stored_is_stored_before_the_next_request() {
    for _ in 0..20 {
        let (wechat, _, a) = stage().await;
        wechat.keeps_books(Rotation::Strict, a.store.clock());
        wechat.has_account("wx_shop", "r0");
        let platform = a.tokens.component();
        let token = platform.token().await.unwrap();
        platform.reject(&token).await;
        platform.token().await.unwrap();
        a.tokens.restore("wx_shop", "r0").await.unwrap();
        wechat.script("getAuthorizerAccessToken", Script::Slow(Duration::from_secs(3)));
        let source = a.tokens.authorizer("wx_shop");
        let call = tokio::spawn({
            let source = source.clone();
            async move { source.token().await }
        });
        pass(1500).await;
        a.store.set(Line::Down);
        let token = call.await.unwrap().unwrap();
        assert_eq!(a.tokens.unsaved().len(), 1);
        pass(40_000).await;
        a.store.set(Line::Up);
        source.reject(&token).await;
        assert_ne!(source.token().await.unwrap(), token);
        assert_eq!(wechat.calls("getAuthorizerInfo").len(), 0, "the recovery was needed");
    }
}

#[test]
fn without_a_runtime_nothing_panics() {
    let mut transport = MockTransport::new();
    transport.expect_send().returning(|_| Err(TransportError::new(TransportErrorKind::Invalid)));
    let tokens = PlatformTokens::builder("wx_platform", "secret").transport(transport).build();
    let mut context = Context::from_waker(Waker::noop());
    assert!(Box::pin(tokens.start_push_ticket()).as_mut().poll(&mut context).is_ready());
    assert!(Box::pin(tokens.close(Duration::ZERO)).as_mut().poll(&mut context).is_ready());
}

/// Two processes that have the platform's token, of a WeChat that takes only living ones.
async fn pair() -> (WeChat, TestStore, [Process; 2]) {
    let (wechat, store) = (WeChat::default(), TestStore::new(SimClock::new()));
    wechat.keeps_books(Rotation::Strict, store.clock());
    let processes = ["a", "b"].map(|name| Process::start(name, &wechat, &store, CachePolicy::default()));
    processes[0].tokens.ticket("ticket", store.clock().wall()).await.unwrap();
    for process in &processes {
        process.tokens.component().token().await.unwrap();
    }
    (wechat, store, processes)
}

#[tokio::test(start_paused = true)]
async fn a_redirect_page_that_is_loaded_again_while_its_code_is_exchanged_gets_the_same() {
    let (wechat, _, [a, b]) = pair().await;
    wechat.issues_code("c1", "wx_shop");
    let loads = [(&a, 0), (&a, 200), (&b, 400)].map(|(process, after)| {
        let tokens = process.tokens.clone();
        tokio::spawn(async move {
            pass(after).await;
            tokens.exchange_code("c1").await
        })
    });
    let mut refresh_tokens = Vec::new();
    for load in loads {
        refresh_tokens.push(load.await.unwrap().unwrap().refresh_token);
    }
    assert!(refresh_tokens[0].is_some());
    assert!(refresh_tokens.iter().all(|token| *token == refresh_tokens[0]));
}

#[tokio::test(start_paused = true)]
async fn a_redirect_after_any_number_of_other_pushes_gets_what_its_push_has_brought() {
    let (wechat, _, [a, b]) = pair().await;
    for number in 0..100 {
        wechat.issues_code(&format!("c{number}"), &format!("wx_{number}"));
        a.tokens.authorized(format!("wx_{number}"), format!("c{number}"), a.clock.wall()).await.unwrap();
    }
    pass(5000).await;
    for (process, number) in [(&a, 0), (&b, 0), (&b, 99)] {
        let granted = process.tokens.exchange_code(format!("c{number}")).await.unwrap();
        assert_eq!(granted.app_id.as_str(), format!("wx_{number}"));
        assert!(granted.refresh_token.is_some() && granted.access_token.is_some());
    }
    assert_eq!(wechat.calls("getAuthorizerRefreshToken").len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_nobody_has_exchanged_here_is_refused_soon() {
    let (_, store, [a, _]) = pair().await;
    let began = store.clock().elapsed();
    let error = a.tokens.exchange_code("used-elsewhere").await.unwrap_err();
    assert_eq!(error.kind(), tcb_auth::AuthErrorKind::NeedsReauthorization);
    assert!(store.clock().elapsed().saturating_sub(began) < Duration::from_secs(4));
}
