use serde_json::json;
use tcb_api::auth::{AuthError, AuthErrorKind, MockTokenSource};
use tcb_api::transport::TransportErrorKind::{Connect, Interrupted, Timeout, TooLarge};
use tcb_api::transport::{MockTransport, TransportError};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::{Client, CreateEnv, Error, RetryPolicy, StaticToken};

use crate::scripted::Wire;

async fn create(wire: Wire) -> Error {
    wire.client_with(RetryPolicy::never()).send(CreateEnv::postpaid("shop")).await.unwrap_err()
}

async fn list(wire: Wire) -> Error {
    wire.client_with(RetryPolicy::never()).send(ListEnvs::new()).await.unwrap_err()
}

/// The texts of an error and of what lies under it.
fn texts(error: &Error) -> Vec<String> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn an_error_names_what_happened_the_code_and_what_to_do() {
    for (error, text) in [
        (
            create(Wire::default().then_code(85088)).await,
            "createEnv: WeChat refused the call: errcode 85088: text (rid 1-2-3); \
             the merchant or its administrator has to act outside the API",
        ),
        (
            create(Wire::default().then_code(-1)).await,
            "createEnv: the call may have been executed or not: errcode -1: text (rid 1-2-3); \
             do not repeat it, read the state back",
        ),
        (
            create(Wire::default().then_status(303)).await,
            "createEnv: the call may have been executed or not: HTTP status 303 See Other: <html>; \
             do not repeat it, read the state back",
        ),
        (
            list(Wire::default().then_code(45011)).await,
            "getEnvInfo: too many calls for now: errcode 45011: text (rid 1-2-3); wait and try again, in 60 s at the earliest",
        ),
        (
            list(Wire::default().then_fail(Timeout)).await,
            "getEnvInfo: the API could not be used; try again later",
        ),
        (
            list(Wire::default().then_status(404)).await,
            "getEnvInfo: what answered is not the API: HTTP status 404 Not Found: <html>; check which server answered",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chain_of_errors_says_nothing_twice() {
    let mut source = MockTokenSource::new();
    source.expect_cached().returning(|| None);
    source.expect_token().returning(|| Err(AuthError::new(AuthErrorKind::NeedsReauthorization)));
    let no_token = Client::builder().token(source).transport(Wire::default()).build().unwrap();
    for error in [
        create(Wire::default().then_code(85088)).await,
        create(Wire::default().then_code(987_654)).await,
        create(Wire::default().then_json(&json!({"errcode": 0}))).await,
        create(Wire::default().then_status(502)).await,
        create(Wire::default().then_fail(Interrupted)).await,
        list(Wire::default().then_fail(Connect)).await,
        list(Wire::default().then_fail(TooLarge)).await,
        list(Wire::default().then_status(307)).await,
        list(Wire::default().then_json(&json!(["no object"]))).await,
        no_token.send(ListEnvs::new()).await.unwrap_err(),
    ] {
        let texts = texts(&error);
        for (n, text) in texts.iter().enumerate() {
            assert!(!texts[..n].iter().any(|above| above.contains(text.as_str())), "{texts:?}");
        }
        let all = texts.join(": ");
        if let Some(code) = error.api().map(|api| api.code().to_string()) {
            assert_eq!(all.matches(&code).count(), 1, "{all}");
        }
    }
}

#[tokio::test]
async fn a_refusal_by_size_names_what_the_transport_says_of_it() {
    let mut wire = MockTransport::new();
    wire.expect_send().returning(|_| {
        Err(TransportError::new(TooLarge)
            .with_source("it has 9 bytes, and the cap is 8 bytes (the setting: x)"))
    });
    let client = Client::builder().token(StaticToken::new("t")).transport(wire).build().unwrap();
    let error = client.send(ListEnvs::new()).await.unwrap_err();
    assert_eq!(
        texts(&error),
        ["getEnvInfo: the answer cannot be read: the answer exceeds the size cap: \
          it has 9 bytes, and the cap is 8 bytes (the setting: x); check which server answered"]
    );
}
