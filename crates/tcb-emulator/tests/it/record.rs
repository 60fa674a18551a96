use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use tcb_emulator::{Emulator, FindingKind};

use crate::support::*;

#[tokio::test]
async fn a_misspelt_member_of_a_successful_request_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.assert_clean();
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop", "aliass": "canary"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 0);

    let findings = emulator.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].kind, findings[0].path.as_str()), (FindingKind::Request, CREATE_ENV));
    let panic = catch_unwind(AssertUnwindSafe(|| emulator.assert_clean())).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("aliass") && !text.contains("canary"), "{text}");
}

#[tokio::test]
async fn without_validation_nothing_is_compared_with_the_catalogue() {
    let emulator = Emulator::builder().validation(false).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let body = json!({"type": 7, "alias": "shop", "aliass": "x"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 0);
    // What an operation needs itself it still checks, and a body has to be an object.
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, json!({})).await, 40097);
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, json!([])).await, 47001);
    assert_code(&call(&emulator, CREATE_ENV, "11_invented", json!({})).await, 40014);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_documented_error_is_no_finding() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let body = json!({"type": "CreatePostpayPackage", "aliass": "shop"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 40101);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_call_of_something_not_built_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/componenttcb/getcslist", emulator.base_url());
    send(request(http::Method::POST, &url, "{}")).await.unwrap();
    assert_eq!(emulator.findings()[0].kind, FindingKind::NotBuilt);
    assert!(catch_unwind(AssertUnwindSafe(|| emulator.assert_clean())).is_err());
}

#[tokio::test]
async fn no_secret_is_in_debug_output() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component();
    let shown = format!("{emulator:?} {component:?} {:?}", emulator.ticket(&component.app_id).unwrap());
    for secret in
        [component.secret.expose(), component.callback_token.expose(), component.encoding_aes_key.expose()]
    {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!shown.contains("@@@"), "{shown}");
}
