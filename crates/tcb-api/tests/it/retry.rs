use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use serde_json::json;
use tcb_api::auth::{AccessToken, AuthError, AuthErrorKind, MockTokenSource, TestClock, TokenSource};
use tcb_api::transport::Response;
use tcb_api::transport::TransportErrorKind::{Connect, Interrupted, Timeout};
use tcb_api::types::authorization::GetPreAuthCode;
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{Clock, ErrCode, Reaction, SystemClock};
use tcb_api::{Client, CreateEnv, CreateFunction, ErrorKind, Platform, RawCall, RetryPolicy, StaticToken};

use crate::scripted::Wire;

/// Never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl TokenSource for Silent {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        std::future::pending().await
    }
}

fn ok() -> serde_json::Value {
    json!({"errcode": 0, "errmsg": "ok", "envid": "shop-1a2b", "info_list": []})
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_and_the_call_sent_once_more() {
    for code in [40001, 40014, 42001] {
        let wire = Wire::default().then_code(code).then_json(&ok());
        wire.client().send(CreateEnv::postpaid("shop")).await.unwrap();
        assert_eq!(wire.tokens(), ["t0", "t1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_replacement_is_replaced_too() {
    let wire = Wire::default().then_code(40001).then_code(40001).then_json(&ok());
    wire.client().send(CreateEnv::postpaid("shop")).await.unwrap();
    assert_eq!(wire.tokens(), ["t0", "t1", "t2"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_always_refused_costs_three_calls() {
    let wire = Wire::default().then_code(40001).then_code(40001).then_code(40001);
    let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Refused, 3));
    assert_eq!(error.api().unwrap().reaction(), Reaction::RefreshTokenAndRetry);
    assert_eq!(wire.tokens(), ["t0", "t1", "t2"]);
}

#[tokio::test(start_paused = true)]
async fn a_source_with_no_other_token_is_not_tried_twice() {
    let wire = Wire::default().then_code(40001);
    let client = Client::builder().token(StaticToken::new("only")).transport(wire.clone()).build().unwrap();
    assert_eq!(client.send(ListEnvs::new()).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(wire.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_platform_token_is_no_matter_of_an_account() {
    let wire = Wire::default().then_code(42006);
    wire.client().send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(wire.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_repeated_even_for_creates() {
    let wire = Wire::default().then_fail(Connect).then_fail(Connect).then_json(&ok());
    wire.client().send(CreateEnv::postpaid("shop")).await.unwrap();
    assert_eq!(wire.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_may_have_run_is_sent_once() {
    for wire in [
        Wire::default().then_fail(Interrupted),
        Wire::default().then_fail(Timeout),
        Wire::default().then_code(-1),
        Wire::default().then_code(-1000),
        Wire::default().then_code(-501_000),
        Wire::default().then_code(123_456),
        Wire::default().then_status(502),
        Wire::default().then_status(302),
        Wire::default().then_status(303),
        Wire::default().then_status(307),
        Wire::default().then_status(408),
        Wire::default().then_status(409),
        Wire::default().then_status(425),
        Wire::default().then_status(499),
        Wire::default().then_json(&json!(["not an object"])),
        Wire::default().then_json(&json!({"errcode": 0})),
    ] {
        let error = wire.client().send(CreateEnv::postpaid("shop")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Indeterminate, "{error:?}");
        assert!(error.maybe_executed() && !error.is_retryable());
        assert_eq!(error.indeterminate().unwrap().operation, "createEnv");
        assert_eq!(wire.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_facts_of_an_unknown_code_stay_at_hand() {
    let wire = Wire::default().then_code(123_456);
    let error = wire.client().send(CreateFunction::new("e", "f")).await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(
        (api.code(), api.message(), api.reaction()),
        (ErrCode::new(123_456), "text", Reaction::Unknown)
    );
    assert_eq!(error.indeterminate().unwrap().rid.as_deref(), Some("1-2-3"));
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_and_gives_up_after_three_attempts() {
    let wire = Wire::default().then_fail(Interrupted).then_code(-1).then_json(&ok());
    wire.client().send(ListEnvs::new()).await.unwrap();
    let wire = Wire::default().then_status(500).then_status(502).then_status(503);
    let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), wire.count()), (ErrorKind::Unavailable, 3, 3));
    assert!(error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated() {
    let wire = Wire::default().then_code(85088);
    let error = wire.client().send(CreateEnv::postpaid("shop")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.api().unwrap().code(), ErrCode::CLOUD_NOT_OPEN);
    assert!(!error.maybe_executed());
}

#[tokio::test(start_paused = true)]
async fn quotas_are_respected() {
    let wire = Wire::default().then_code(45009);
    assert_eq!(wire.client().send(ListEnvs::new()).await.unwrap_err().kind(), ErrorKind::RateLimited);

    // The quota of a minute would outlast the deadline, so the caller is told when to come back.
    let wire = Wire::default().then_code(45011);
    let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(60))));

    let wire = Wire::default().then_code(45011).then_json(&ok());
    let patient = wire.client_with(RetryPolicy::default().deadline(Duration::from_secs(300)));
    patient.send(CreateEnv::postpaid("shop")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn repeating_ends_when_the_budget_is_spent_and_begins_again_with_successes() {
    // The budget is worth 35 repeats: 2 for each of 17 calls, and one more.
    let all_fail = 17 * 3 + 2 + 10;
    let mut wire = (0..all_fail).fold(Wire::default(), |wire, _| wire.then_status(500));
    let client = Client::builder()
        .token(StaticToken::new("t"))
        .transport(wire.clone())
        .clock(Stopped(SystemClock.monotonic()))
        .build()
        .unwrap();
    for _ in 0..17 {
        assert_eq!(client.send(ListEnvs::new()).await.unwrap_err().attempts(), 3);
    }
    assert_eq!(client.send(ListEnvs::new()).await.unwrap_err().attempts(), 2);
    for _ in 0..10 {
        assert_eq!(client.send(ListEnvs::new()).await.unwrap_err().attempts(), 1);
    }
    assert_eq!(wire.count(), all_fail);

    for _ in 0..4 {
        wire = wire.then_json(&ok());
        client.send(ListEnvs::new()).await.unwrap();
    }
    let _ = wire.then_status(500).then_json(&ok());
    client.send(ListEnvs::new()).await.unwrap();
}

/// Time earns repeats too, so it has to stand still where successes are to do it alone.
#[derive(Debug)]
struct Stopped(Instant);

impl Clock for Stopped {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn monotonic(&self) -> Instant {
        self.0
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_at_one_platform_or_host_costs_no_repeats_of_others() {
    let wire = (0..3).fold(Wire::default(), |wire, _| wire.then_fail(Connect));
    let platform = || {
        let builder = Platform::builder("wx_platform", "secret").transport(wire.clone());
        builder.clock(TestClock::default()).build().unwrap()
    };
    let (broken, sound) = (platform(), platform());
    let link = "https://cos.example/a?sign".into();
    assert_eq!(broken.authorizer("wx1").links().download(&link).await.unwrap_err().attempts(), 3);

    let made = |client: &Client| -> Vec<_> {
        client.repeats().into_iter().map(|repeats| (repeats.host, repeats.made)).collect()
    };
    let here = [(None, 0), (Some("cos.example".to_owned()), 2)];
    assert_eq!(made(broken.client()), here);
    assert_eq!(made(&broken.authorizer("wx2")), here, "the clients of a platform share theirs");
    assert_eq!(made(sound.client()), [(None, 0)]);
}

#[tokio::test(start_paused = true)]
async fn no_length_of_time_makes_a_call_panic() {
    let wire = Wire::default().then_status(500).then_json(&ok());
    let endless = RetryPolicy::default().deadline(Duration::MAX).attempt_timeout(Duration::MAX);
    wire.client_with(endless).send(ListEnvs::new()).await.unwrap();

    for seconds in ["18446744073709551615", "86400", "86401"] {
        let answer = http::Response::builder().status(429).header(http::header::RETRY_AFTER, seconds);
        let slow_down = Response::from(answer.body("").unwrap());
        let wire = Wire::default().then_status(500).then(slow_down.clone());
        let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
        let day = Some(Duration::from_secs(86_400));
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, day), "{seconds}");

        let wire = Wire::default().then_status(500).then(slow_down).then_json(&ok());
        wire.client_with(endless).send(ListEnvs::new()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn odd_statuses_are_typed_and_show_what_came() {
    let wire = Wire::default().then_status(307);
    let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    let wire = Wire::default().then_status(403);
    let error = wire.client().send(CreateEnv::postpaid("shop")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Http);
    assert_eq!(error.attempt().unwrap().to_string(), "HTTP status 403 Forbidden: <html>");
}

#[tokio::test(start_paused = true)]
async fn a_token_of_the_wrong_kind_is_refused_before_sending() {
    let wire = Wire::default();
    let error = wire.client().send(GetPreAuthCode::new("wx_platform")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenKind);
    assert_eq!(wire.count(), 0);

    let wire = Wire::default().then_json(&json!({"pre_auth_code": "c", "expires_in": 600}));
    let client = Client::builder().token(StaticToken::new("unknown kind")).transport(wire).build().unwrap();
    client.send(GetPreAuthCode::new("wx_platform")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_source_that_recovers_is_waited_for_and_one_that_does_not_is_not() {
    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    source.expect_token().times(1).returning(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
    source.expect_token().times(1).returning(|| Ok(AccessToken::new("t")));
    let wire = Wire::default().then_json(&ok());
    let client = Client::builder().token(source).transport(wire).build().unwrap();
    client.send(CreateEnv::postpaid("shop")).await.unwrap();

    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    source.expect_token().times(1).returning(|| Err(AuthError::new(AuthErrorKind::NeedsReauthorization)));
    let client = Client::builder().token(source).transport(Wire::default()).build().unwrap();
    let error = client.send(CreateEnv::postpaid("shop")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.auth().unwrap().kind(), AuthErrorKind::NeedsReauthorization);
    assert!(!error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_after_a_slow_source_is_still_replaced() {
    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    source.expect_token().times(1).returning(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
    source.expect_token().times(1).returning(|| Ok(AccessToken::new("old")));
    source.expect_reject().times(1).returning(|_| ());
    source.expect_token().times(1).returning(|| Ok(AccessToken::new("new")));
    let wire = Wire::default().then_code(40001).then_json(&ok());
    let client = Client::builder().token(source).transport(wire.clone()).build().unwrap();
    client.send(ListEnvs::new()).await.unwrap();
    assert_eq!(wire.tokens(), ["old", "new"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_whose_successor_takes_two_attempts_is_still_replaced() {
    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    source.expect_token().times(1).returning(|| Ok(AccessToken::new("old")));
    source.expect_reject().times(1).returning(|_| ());
    source.expect_token().times(2).returning(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
    source.expect_token().times(1).returning(|| Ok(AccessToken::new("new")));
    let wire = Wire::default().then_code(40001).then_json(&ok());
    let client = Client::builder().token(source).transport(wire.clone()).build().unwrap();
    client.send(ListEnvs::new()).await.unwrap();
    assert_eq!(wire.tokens(), ["old", "new"]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_tokens_leaves_the_budget_to_the_calls() {
    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    // As a store does that is away for a while.
    source.expect_token().times(300).returning(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
    source.expect_token().returning(|| Ok(AccessToken::new("t")));
    let wire = Wire::default().then_code(-1).then_json(&ok());
    let client = Client::builder().token(source).transport(wire.clone()).build().unwrap();
    for _ in 0..100 {
        client.send(ListEnvs::new()).await.unwrap_err();
    }
    client.send(ListEnvs::new()).await.unwrap();
    assert_eq!(wire.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_call_outlives_its_deadline() {
    let client = Client::builder()
        .token(Silent)
        .transport(Wire::default())
        .clock(TestClock::default())
        .retry(RetryPolicy::default().deadline(Duration::from_secs(5)))
        .build()
        .unwrap();
    let call = tokio::time::timeout(Duration::from_secs(6), client.send(ListEnvs::new()));
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Auth);

    let wire = Wire::default().then_code(-1);
    let hasty = wire.client_with(RetryPolicy::default().deadline(Duration::ZERO));
    assert_eq!(hasty.send(ListEnvs::new()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(wire.count(), 1);
}

#[test]
fn without_a_runtime_a_call_is_made_once_and_does_not_panic() {
    let wire = Wire::default().then_code(-1);
    let client = Client::builder().token(StaticToken::new("t")).transport(wire).build().unwrap();
    let mut call = Box::pin(client.send(ListEnvs::new()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_raw_call_is_a_create_until_it_is_said_to_be_harmless() {
    let wire = Wire::default().then_code(-1);
    let error = wire.client().call_raw::<serde_json::Value>(RawCall::post("/tcb/new")).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Indeterminate, "/tcb/new"));

    let wire = Wire::default().then_code(-1).then_json(&json!({"n": 1}));
    let call = RawCall::post("/tcb/new").member("env", "e").read();
    let answer = wire.client().call_raw::<serde_json::Value>(call).await.unwrap();
    assert_eq!((answer.value, answer.has_errcode), (json!({"n": 1}), true));
    assert_eq!(wire.bodies()[0], json!({"env": "e"}));
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_says_is_no_answer() {
    for gateway in
        [r#"{"code":500,"message":"upstream not reachable"}"#, "{}", r#"{"errCode":40097,"errMsg":"x"}"#]
    {
        let answer = Response::new(http::StatusCode::OK, gateway);
        let wire = Wire::default().then(answer.clone());
        let error = wire.client().send(CreateFunction::new("e", "f")).await.unwrap_err();
        assert_eq!((error.kind(), wire.count()), (ErrorKind::Indeterminate, 1), "{gateway}");
        let wire = Wire::default().then(answer.clone()).then(answer.clone());
        let error = wire.client().send(ListEnvs::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{gateway}");
        let wire = Wire::default().then(answer);
        let raw = wire.client().call_raw::<serde_json::Value>(RawCall::post("/tcb/new")).await.unwrap();
        assert!(!raw.has_errcode, "{gateway}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_compressed_answer_is_called_so_and_not_quoted() {
    let zipped = Response::new(http::StatusCode::OK, &b"\x1F\x8B\x08\0\0\0\0\0\0\xFF"[..]);
    let error = Wire::default().then(zipped).client().send(CreateFunction::new("e", "f")).await.unwrap_err();
    let mut said = String::new();
    let mut next = Some(&error as &dyn std::error::Error);
    while let Some(error) = next {
        said += &error.to_string();
        next = error.source();
    }
    assert!(said.contains("compressed") && !said.contains('\u{FFFD}'), "{said}");
}
