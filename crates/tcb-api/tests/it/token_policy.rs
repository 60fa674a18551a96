use serde_json::json;
use tcb_api::transport::TransportErrorKind::Interrupted;
use tcb_api::{ErrorKind, Settled};

use crate::scripted::Wire;

#[tokio::test]
async fn a_change_is_written_with_the_version_that_was_read() {
    let wire = Wire::default()
        .then_json(&json!({"open": true, "api_whitelist": ["/*"], "version": 4}))
        .then_json(&json!({"errcode": 0, "open": true}));
    let changed = wire
        .client()
        .env("e")
        .token_policy()
        .change(|policy| policy.api_whitelist = vec!["/wxa/msg_sec_check".into()])
        .await
        .unwrap();
    assert_eq!(changed.api_whitelist, ["/wxa/msg_sec_check"]);
    let written = json!({"action": "set", "env": "e", "open": true, "api_whitelist": ["/wxa/msg_sec_check"], "version": 4});
    assert_eq!(wire.bodies()[1], written);
}

#[tokio::test]
async fn the_version_can_be_overridden() {
    let wire = Wire::default().then_json(&json!({"version": 4})).then_json(&json!({"errcode": 0}));
    wire.client()
        .env("e")
        .token_policy()
        .version(5)
        .change(|policy| policy.open = Some(false))
        .await
        .unwrap();
    assert_eq!(wire.bodies()[1]["version"], 5);
}

#[tokio::test]
async fn what_does_not_change_is_not_written() {
    let wire = Wire::default().then_json(&json!({"open": true, "api_whitelist": [], "version": 4}));
    wire.client().env("e").token_policy().change(|policy| policy.open = Some(true)).await.unwrap();
    assert_eq!(wire.count(), 1);
}

#[tokio::test]
async fn without_any_version_nothing_is_guessed() {
    let wire = Wire::default().then_json(&json!({"open": true}));
    let error =
        wire.client().env("e").token_policy().change(|policy| policy.open = Some(false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert_eq!(wire.count(), 1);
}

#[tokio::test]
async fn a_change_that_got_lost_can_be_settled() {
    let policy = |open: bool| json!({"open": open, "api_whitelist": [], "version": 4});
    let wire = Wire::default().then_json(&policy(true)).then_fail(Interrupted).then_json(&policy(false));
    let client = wire.client();
    let set =
        client.env("e").token_policy().prepare(|policy| policy.open = Some(false)).await.unwrap().unwrap();
    let error = client.send(&set).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Indeterminate);
    assert!(matches!(client.settle(&set, &error).await.unwrap(), Settled::Landed(_)));
}
