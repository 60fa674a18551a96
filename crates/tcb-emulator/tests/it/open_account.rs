use serde_json::json;
use tcb_emulator::{Emulator, Merchant};

use crate::support::*;

#[tokio::test]
async fn an_account_is_created_once_and_read_back() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    assert_code(&call(&emulator, GET_ACCOUNT, &shop.token, json!({})).await, 89002);
    let created = call(&emulator, CREATE_ACCOUNT, &shop.token, json!({"appid": shop.app_id})).await;
    assert_code(&created, 0);
    assert!(text(&created, "/open_appid").starts_with("wxemu"));
    assert_code(&call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await, 89000);
    let found = call(&emulator, GET_ACCOUNT, &shop.token, json!({})).await;
    assert_eq!(found["open_appid"], created["open_appid"]);
    assert_eq!(emulator.counters().executed("createOpenAccount"), 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn only_the_tokens_own_account_may_be_named() {
    let emulator = Emulator::start().await.unwrap();
    let (one, two) = (shop(&emulator, Merchant::new()).await, shop(&emulator, Merchant::new()).await);
    for path in [CREATE_ACCOUNT, GET_ACCOUNT] {
        assert_code(&call(&emulator, path, &one.token, json!({"appid": two.app_id})).await, 40013);
    }
}

#[tokio::test]
async fn trial_mini_programs_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new().trial()).await;
    assert_code(&call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await, 48001);
    emulator.assume("A-010", "40013").unwrap();
    assert_code(&call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await, 40013);
    assert_code(&call(&emulator, GET_ACCOUNT, &shop.token, json!({})).await, 89002);
}
