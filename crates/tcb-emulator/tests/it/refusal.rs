//! The checks that all operations share.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant};

use crate::support::*;

async fn raw(emulator: &Emulator, method: Method, target: &str, body: impl Into<Bytes>) -> Value {
    let answer = send(request(method, &format!("{}{target}", emulator.base_url()), body)).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

#[tokio::test]
async fn a_call_has_to_be_a_post() {
    let emulator = Emulator::start().await.unwrap();
    assert_code(&raw(&emulator, Method::GET, OPEN_CLOUD, "").await, 43002);
    assert_code(&raw(&emulator, Method::PUT, COMPONENT_TOKEN, "{}").await, 43002);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_call_needs_a_token_under_a_name_that_it_reads() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    assert_code(&raw(&emulator, Method::POST, OPEN_CLOUD, "{}").await, 41001);
    assert_code(&raw(&emulator, Method::POST, &format!("{OPEN_CLOUD}?access_token="), "{}").await, 41001);
    let old_name = format!("{OPEN_CLOUD}?component_access_token={}", shop.token);
    assert_code(&raw(&emulator, Method::POST, &old_name, "{}").await, 41001);
    assert_code(&call(&emulator, OPEN_CLOUD, "11_invented", json!({})).await, 40014);
    let unknown = format!("11_{}", "x".repeat(134));
    assert_code(&call(&emulator, OPEN_CLOUD, &unknown, json!({})).await, 40001);
}

#[tokio::test]
async fn a_token_of_the_wrong_kind_is_told_apart() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let component = component_token(&emulator).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &component, json!({})).await, 61015);
    assert_code(&call(&emulator, CREATE_ACCOUNT, &component, json!({})).await, 61015);
    let body = json!({"component_appid": emulator.component().app_id});
    assert_code(&call(&emulator, PRE_AUTH_CODE, &shop.token, body).await, 61014);
}

#[tokio::test]
async fn an_expired_token_is_told_apart() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    emulator.advance(std::time::Duration::from_secs(7200)).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, json!({})).await, 42001);
}

#[tokio::test]
async fn any_one_of_the_permission_sets_is_enough() {
    let emulator = Emulator::start().await.unwrap();
    for (sets, cloud, account) in
        [(&[49][..], -601_049, 61007), (&[64], -601_049, 61007), (&[24], 61007, 0), (&[18, 60], 61007, 0)]
    {
        let shop = shop_with(&emulator, Merchant::new(), sets).await;
        assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, json!({})).await, cloud);
        assert_code(&call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await, account);
    }
}

#[tokio::test]
async fn the_body_has_to_be_json_with_the_documented_types() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let target = format!("{CREATE_ENV}?access_token={}", shop.token);
    assert_code(&raw(&emulator, Method::POST, &target, "").await, 44002);
    assert_code(&raw(&emulator, Method::POST, &target, "alias=shop").await, 47001);
    assert_code(&raw(&emulator, Method::POST, &target, "[]").await, 47001);
    let body = r#"{"type": "CreatePostpayPackage", "alias": 1}"#;
    assert_code(&raw(&emulator, Method::POST, &target, body).await, 47001);
    let body = r#"{"type": "CreatePostpayPackage"}"#;
    assert_code(&raw(&emulator, Method::POST, &target, body).await, 40101);
    assert_code(&raw(&emulator, Method::POST, &target, r#"{"type": "Other", "alias": "a"}"#).await, 40097);
    let body = r#"{"type": "CreatePostpayPackage", "alias": ""}"#;
    assert_code(&raw(&emulator, Method::POST, &target, body).await, 40097);
    assert_eq!(emulator.counters().executed("createEnv"), 0);
    assert_eq!(emulator.counters().refused("createEnv", 47001), 3);
    emulator.assert_clean();
}

#[tokio::test]
async fn an_earlier_check_wins_over_a_later_one() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop_with(&emulator, Merchant::new(), &[18]).await;
    // Not a POST, without a token.
    assert_code(&raw(&emulator, Method::GET, CREATE_ENV, "").await, 43002);
    // Without a token and a body.
    assert_code(&raw(&emulator, Method::POST, CREATE_ENV, "").await, 41001);
    // Without permission set and body.
    assert_code(
        &raw(&emulator, Method::POST, &format!("{CREATE_ENV}?access_token={}", shop.token), "").await,
        61007,
    );
    // With a member of the wrong type and another one missing.
    let shop = exchange(&emulator, shop.app_id, &[49]).await;
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, json!({"alias": 1})).await, 47001);
    // With a member missing and cloud development not open.
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, json!({})).await, 40101);
}

#[tokio::test]
async fn what_is_not_built_is_never_taken_for_an_answer() {
    let emulator = Emulator::start().await.unwrap();
    for path in ["/tcb/deletefunction", "/componenttcb/getcslist", "/wxa/commit", "/"] {
        let url = format!("{}{path}?access_token=secret", emulator.base_url());
        let answer = send(request(Method::POST, &url, "{}")).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
        assert_eq!(answer.headers["x-tcb-emulator"], "not-built");
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains(path) && !text.contains("secret"), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }
    assert_eq!(emulator.findings().len(), 4);
}
