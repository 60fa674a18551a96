//! What WeChat would refuse does not pass.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::{Emulator, FindingKind, Merchant};

use crate::support::*;

async fn raw(emulator: &Emulator, target: &str, body: &str) -> Value {
    let url = format!("{}{target}", emulator.base_url());
    send(request(Method::POST, &url, body.to_owned())).await.unwrap().json()
}

#[tokio::test]
async fn an_escape_in_the_body_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let target = format!("{CREATE_ENV}?access_token={}", shop.token);
    let escaped = r#"{"type": "CreatePostpayPackage", "alias": "\u5e97"}"#;
    assert_code(&raw(&emulator, &target, escaped).await, 47002);
    emulator.assume("A-014", "40033").unwrap();
    assert_code(&raw(&emulator, &target, escaped).await, 40033);
    let plain = r#"{"type": "CreatePostpayPackage", "alias": "店 \\u5e97"}"#;
    assert_code(&raw(&emulator, &target, plain).await, 0);
    assert_eq!(emulator.counters().executed("createEnv"), 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_member_that_comes_twice_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let target = format!("{CREATE_ENV}?access_token={}", shop.token);
    let twice = r#"{"type": "CreatePostpayPackage", "alias": "one", "alias": "two"}"#;
    assert_code(&raw(&emulator, &target, twice).await, 0);
    let findings = emulator.findings();
    assert_eq!((findings.len(), findings[0].kind), (1, FindingKind::Request));
    assert_eq!(findings[0].detail, "alias: stands twice in one object");
}

#[tokio::test]
async fn a_token_under_a_name_that_the_page_does_not_have_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let (token, _) = batch_env(&emulator).await;
    let component = emulator.component().app_id.clone();
    // Older pages of the calls around authorisation have this name.
    let body = json!({"component_appid": component}).to_string();
    let target = format!("{PRE_AUTH_CODE}?component_access_token={token}");
    assert_code(&raw(&emulator, &target, &body).await, 0);
    emulator.assert_clean();
    let target = format!("/componenttcb/describeenvs?component_access_token={token}");
    assert_code(&raw(&emulator, &target, "{}").await, 0);
    let findings = emulator.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].detail, "?component_access_token: a token, but the page has no such parameter");
}

#[tokio::test]
async fn a_control_character_in_a_name_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    for alias in ["a\nb", "a\tb", "\u{7f}", "a\u{85}"] {
        let body = json!({"type": "CreatePostpayPackage", "alias": alias});
        assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 40097);
    }
    let id = env(&emulator, &shop, "shop").await;
    let body = json!({"env": format!("{id}\n"), "function_name": "f"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, body).await, 40097);
    let collection = json!({"env": id, "collection_name": "a"});
    assert_code(&call(&emulator, "/tcb/databasecollectionadd", &shop.token, collection).await, 0);
    let statement = json!({"env": id, "query": "db.collection('a')\n\t.add({data: {}})"});
    assert_code(&call(&emulator, "/tcb/databaseadd", &shop.token, statement).await, 0);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_secret_that_is_missing_has_a_code_of_its_own() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let body = json!({"component_appid": component, "component_verify_ticket": "t"});
    assert_code(&call_bare(&emulator, COMPONENT_TOKEN, body).await, 41004);
    let clear = "/cgi-bin/component/clear_quota/v2";
    assert_code(&call_bare(&emulator, clear, json!({"component_appid": component})).await, 41004);
    let shop = shop(&emulator, Merchant::new()).await;
    assert_code(&call(&emulator, "/cgi-bin/clear_quota", &shop.token, json!({})).await, 41002);
    // The page of this one lists no such code.
    assert_code(&call_bare(&emulator, START_PUSH, json!({"component_appid": component})).await, 40101);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_form_where_json_is_due_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let form = "appid=wx0";
    let target = format!("{CREATE_ACCOUNT}?access_token={}", shop.token);
    assert_code(&raw(&emulator, &target, form).await, -1);
    let target = format!("{CREATE_ENV}?access_token={}", shop.token);
    assert_code(&raw(&emulator, &target, form).await, 47001);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_call_that_is_read_has_to_be_a_get() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let target = format!("/cgi-bin/open/have?access_token={}", shop.token);
    assert_code(&raw(&emulator, &target, "{}").await, 43001);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_text_that_cannot_be_a_token_is_told_from_one_that_was_replaced() {
    let emulator = Emulator::builder().overlap(std::time::Duration::ZERO).start().await.unwrap();
    let body = json!({"component_appid": emulator.component().app_id});
    let replaced = component_token(&emulator).await;
    component_token(&emulator).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &replaced, body.clone()).await, 40001);
    for text in ["x", "secret", "11_short", &format!("x_{}", "a".repeat(134)), &replaced.replace('_', "%2B")]
    {
        assert_code(&call(&emulator, PRE_AUTH_CODE, text, body.clone()).await, 40014);
    }
}

#[tokio::test]
async fn the_admin_api_takes_objects_and_times_that_exist() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let put = async |route: &str, body: &str| {
        let url = format!("{}/{route}", emulator.admin_url());
        send(request(Method::PUT, &url, body.to_owned())).await.unwrap().status
    };
    for body in [
        "[60]",
        "60",
        "null",
        "[null,null,null]",
        r#"{"advance_seconds": 18446744073709551615}"#,
        r#"{"advance_seconds": 18446744073709551616}"#,
        r#"{"advance_seconds": 253402300800}"#,
        r#"{"advance_seconds": -1}"#,
        r#"{"advance_seconds": 1.5}"#,
        r#"{"now": 253402300800}"#,
        r#"{"speed": 4294967296}"#,
        r#"{"speed": 0}"#,
        r#"{"advance_seconds": 1, "advance_seconds": 2}"#,
    ] {
        assert_eq!(put("clock", body).await, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(
            emulator.now(),
            std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000),
            "{body}"
        );
    }
    assert_eq!(put("settings", "[5]").await, StatusCode::BAD_REQUEST);
    assert_eq!(put("clock", r#" {"now": 253402300799}"#).await, StatusCode::OK);
}
