use std::fmt::Write as _;

use serde_json::json;
use tcb_api::transport::Response;
use tcb_api::transport::TransportErrorKind::Interrupted;
use tcb_api::types::authorization::{GetAuthorizerAccessToken, GetComponentAccessToken};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::{Client, CreateEnv, Error, RawCall, StaticToken};
use tcb_test_kit::ProcessLog;

use crate::scripted::Wire;

fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(shown, " {error} {error:?}");
        cause = error.source();
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn neither_errors_nor_logs_show_a_secret_that_the_server_echoes() {
    let log = ProcessLog::get();
    // Each call is echoed the secrets that it carries.
    let echo = "secret secret-canary, ticket ticket@@@canary, refreshtoken@@@canary";
    let truncated = format!(r#"{{"component_access_token":"fresh-canary","note":"{echo}""#);
    let mut all = String::new();
    for answer in [
        Wire::default().then_json(&json!({"errcode": 40013, "errmsg": echo})),
        Wire::default().then(Response::new(http::StatusCode::FORBIDDEN, echo)),
        Wire::default().then(Response::new(http::StatusCode::OK, truncated)),
        Wire::default().then_json(&json!({"component_access_token": ["fresh-canary"], "expires_in": echo})),
        Wire::default().then_fail(Interrupted),
    ] {
        let client =
            Client::builder().token(StaticToken::new("token-canary")).transport(answer).build().unwrap();
        let _ = write!(all, "{client:?}");
        let operation = GetComponentAccessToken::new("wx", "secret-canary", "ticket@@@canary");
        let _ = write!(all, "{operation:?}");
        all += &shown(&client.send(&operation).await.unwrap_err());
    }
    for answer in [
        Wire::default()
            .then_json(&json!({"errcode": 85088, "errmsg": "token-canary, refreshtoken@@@canary"})),
        Wire::default().then(Response::new(http::StatusCode::FORBIDDEN, "GET /x?access_token=token-canary")),
    ] {
        let client =
            Client::builder().token(StaticToken::new("token-canary")).transport(answer).build().unwrap();
        all += &shown(&client.send(CreateEnv::postpaid("shop")).await.unwrap_err());
    }
    // A pause tells its reason, which is the server's text too; a token that is broken in two is
    // one all the same.
    let token = "61_AbCdEf0123456789-canary-GhIjKl";
    let busy = || Response::new(http::StatusCode::BAD_GATEWAY, "61_AbCdEf0123456789 -canary-GhIjKl");
    let answer = Wire::default()
        .then(busy())
        .then_json(&json!({"errcode": -1, "errmsg": "busy with ...456789-canary-GhIjKl"}))
        .then(busy());
    let client = Client::builder().token(StaticToken::new(token)).transport(answer).build().unwrap();
    all += &shown(&client.send(ListEnvs::new()).await.unwrap_err());

    let answer = Wire::default().then_json(&json!({"errcode": 61023, "errmsg": "stored-canary"}));
    let client = Client::builder().token(StaticToken::new("token-canary")).transport(answer).build().unwrap();
    let operation = GetAuthorizerAccessToken::new("wx", "wx_shop", "stored-canary");
    all += &shown(&client.send(operation).await.unwrap_err());
    let answer = Wire::default().then_json(&json!({"info_list": []}));
    let client = Client::builder().token(StaticToken::new("token-canary")).transport(answer).build().unwrap();
    client.send(ListEnvs::new()).await.unwrap();

    for answer in [
        Wire::default().then_json(&json!({"errcode": 40013, "errmsg": "app secret pa55-canary is wrong"})),
        Wire::default().then(Response::new(http::StatusCode::FORBIDDEN, "pa55-canary")),
        Wire::default().then(Response::new(http::StatusCode::OK, r#"{"pin":"pin-canary""#)),
    ] {
        let client = Client::builder().token(StaticToken::new("t")).transport(answer).build().unwrap();
        let call =
            RawCall::post("/x").member("appsecret", "pa55-canary").secret("pa55-canary").secret_response();
        let _ = write!(all, "{call:?}");
        all += &shown(&client.call_raw::<serde_json::Value>(call).await.unwrap_err());
    }

    let log = log.text();
    assert!(log.contains("tcb.call") && log.contains("getEnvInfo"), "the log was captured: {log}");
    for text in [all, log] {
        assert!(!text.contains("canary"), "{text}");
    }
}
