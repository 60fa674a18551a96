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

const BIND: &str = "/cgi-bin/open/bind";
const UNBIND: &str = "/cgi-bin/open/unbind";
const HAVE: &str = "/cgi-bin/open/have";
const SAME: &str = "/cgi-bin/open/sameentity";

async fn bind(emulator: &Emulator, shop: &Shop, id: &str) -> i64 {
    errcode(&call(emulator, BIND, &shop.token, json!({"open_appid": id})).await)
}

#[tokio::test]
async fn an_unverified_account_holds_five_of_its_subject() {
    let emulator = Emulator::start().await.unwrap();
    let owner = shop(&emulator, Merchant::new()).await;
    let id = text(&call(&emulator, CREATE_ACCOUNT, &owner.token, json!({})).await, "/open_appid");
    let foreign = shop(&emulator, Merchant::new().subject("Somebody else")).await;
    assert_eq!(bind(&emulator, &foreign, &id).await, 89001);
    for _ in 0..4 {
        let one = shop(&emulator, Merchant::new()).await;
        assert_eq!(bind(&emulator, &one, &id).await, 0);
        assert_eq!(bind(&emulator, &one, &id).await, 89000);
    }
    let sixth = shop(&emulator, Merchant::new()).await;
    assert_eq!(bind(&emulator, &sixth, &id).await, 89004);
    emulator.assume("A-023", "89001").unwrap();
    assert_eq!(bind(&emulator, &sixth, &id).await, 89001);
    assert_eq!(bind(&emulator, &sixth, "wx0").await, 40013);

    let unbind = json!({"open_appid": id});
    assert_code(&call(&emulator, UNBIND, &owner.token, unbind.clone()).await, 0);
    assert_code(&call(&emulator, UNBIND, &owner.token, unbind.clone()).await, 89002);
    emulator.assume("A-022", "40013").unwrap();
    assert_code(&call(&emulator, UNBIND, &owner.token, unbind).await, 40013);
    assert_eq!(bind(&emulator, &sixth, &id).await, 0);
    emulator.verify_open_account(&id.as_str().into()).unwrap();
    assert_eq!(bind(&emulator, &owner, &id).await, 0);
    let wrong = json!({"open_appid": "wx0"});
    assert_code(&call(&emulator, UNBIND, &owner.token, wrong).await, 40013);
    emulator.assert_clean();
}

#[tokio::test]
async fn an_account_of_the_web_site_is_bound_when_it_is_verified() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let subject = Merchant::new().subject;
    let unverified = emulator.add_open_account(subject.clone(), false);
    assert_eq!(bind(&emulator, &shop, unverified.as_str()).await, 89036);
    let verified = emulator.add_open_account(subject, true);
    assert_eq!(bind(&emulator, &shop, verified.as_str()).await, 0);
    let unbind = json!({"open_appid": verified});
    assert_code(&call(&emulator, UNBIND, &shop.token, unbind).await, 89003);
    assert!(emulator.verify_open_account(&"wx0".into()).is_err());
    emulator.assert_clean();
}

#[tokio::test]
async fn whether_an_account_is_bound_can_be_read() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    assert_eq!(read(&emulator, HAVE, &shop.token).await["have_open"], false);
    assert_code(&read(&emulator, SAME, &shop.token).await, 89002);
    assert_code(&call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await, 0);
    assert_eq!(read(&emulator, HAVE, &shop.token).await["have_open"], true);
    assert_eq!(read(&emulator, SAME, &shop.token).await["same_entity"], true);
    emulator.assert_clean();
}
