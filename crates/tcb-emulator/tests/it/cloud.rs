use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant, PromptKind};

use crate::support::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn open(emulator: &Emulator, shop: &Shop) -> i64 {
    let answer = call(emulator, OPEN_CLOUD, &shop.token, json!({})).await;
    assert_code(&answer, errcode(&answer));
    errcode(&answer)
}

#[tokio::test]
async fn opening_waits_for_the_administrators_consent() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    assert_eq!(open(&emulator, &shop).await, -601_049);
    assert_eq!(open(&emulator, &shop).await, -601_026);

    let prompts = emulator.prompts();
    assert_eq!(prompts.len(), 1);
    assert_eq!(
        (prompts[0].kind, prompts[0].appid.as_str()),
        (PromptKind::CloudConsent, shop.app_id.as_str())
    );
    emulator.approve(prompts[0].id).unwrap();
    assert!(emulator.prompts().is_empty());
    assert_eq!(open(&emulator, &shop).await, 0);
    assert_eq!(open(&emulator, &shop).await, 0);
    assert_eq!(emulator.outbox().len(), 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn one_message_goes_out_in_24_hours() {
    let emulator = Emulator::start().await.unwrap();
    let mut shop = shop(&emulator, Merchant::new()).await;
    assert_eq!(open(&emulator, &shop).await, -601_049);
    emulator.advance(Duration::from_secs(86_340)).await;
    shop = exchange(&emulator, shop.app_id, &[49]).await;
    assert_eq!(open(&emulator, &shop).await, -601_026);
    emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(open(&emulator, &shop).await, -601_049);
    assert_eq!(emulator.outbox().len(), 2);
    assert_eq!(emulator.prompts().len(), 1);
}

#[tokio::test]
async fn a_missing_phone_number_is_asked_for_first() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new().without_phone()).await;
    assert_eq!(open(&emulator, &shop).await, -601_048);
    assert_eq!(open(&emulator, &shop).await, -601_026);
    let prompt = emulator.prompts().remove(0);
    assert_eq!(prompt.kind, PromptKind::Phone);
    emulator.approve(prompt.id).unwrap();
    assert_eq!(open(&emulator, &shop).await, 0);
}

#[tokio::test]
async fn consent_can_be_asked_for_first() {
    let emulator = Emulator::start().await.unwrap();
    emulator.assume("A-003", "consent-first").unwrap();
    let shop = shop(&emulator, Merchant::new().without_phone()).await;
    assert_eq!(open(&emulator, &shop).await, -601_049);
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert_eq!(open(&emulator, &shop).await, -601_026);
    emulator.advance(DAY).await;
    let shop = exchange(&emulator, shop.app_id, &[49]).await;
    assert_eq!(open(&emulator, &shop).await, -601_048);
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert_eq!(open(&emulator, &shop).await, 0);
}

#[tokio::test]
async fn a_declined_prompt_changes_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    open(&emulator, &shop).await;
    emulator.deny(emulator.prompts()[0].id).unwrap();
    assert_eq!(open(&emulator, &shop).await, -601_026);
    assert!(emulator.prompts().is_empty());
}

#[tokio::test]
async fn opening_again_can_be_refused() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.assume("A-004", "already-asked").unwrap();
    assert_eq!(open(&emulator, &shop).await, -601_026);
}

#[tokio::test]
async fn nothing_works_before_cloud_development_is_open() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let set = json!({"action": "set", "env": "e", "open": true, "api_whitelist": [], "version": 1});
    for (path, body) in [
        (CREATE_ENV, json!({"type": "CreatePostpayPackage", "alias": "shop"})),
        (LIST_ENVS, json!({})),
        (CREATE_FUNCTION, json!({"env": "e", "function_name": "f"})),
        (LIST_FUNCTIONS, json!({"env": "e"})),
        (TOKEN_SWITCH, json!({"action": "get", "env": "e"})),
        (TOKEN_SWITCH, set),
    ] {
        assert_code(&call(&emulator, path, &shop.token, body).await, 85088);
    }
}

#[tokio::test]
async fn environments_are_created_and_listed() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let (one, two) = (env(&emulator, &shop, "shop").await, env(&emulator, &shop, "shop").await);
    assert!(one.starts_with("shop-") && one != two, "{one} {two}");

    let all = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(all["info_list"].as_array().unwrap().len(), 2);
    let only = call(&emulator, LIST_ENVS, &shop.token, json!({"env": two})).await;
    assert_eq!(only["info_list"].as_array().unwrap().len(), 1);
    let info = &only["info_list"][0];
    assert_eq!(
        (&info["env"], &info["alias"], &info["status"]),
        (&json!(two), &json!("shop"), &json!("NORMAL"))
    );
    assert_eq!(info["create_time"], "2023-11-15 06:13:20");

    let none = call(&emulator, LIST_ENVS, &shop.token, json!({"env": "nowhere"})).await;
    assert_eq!(none["info_list"], json!([]));
    emulator.assume("A-012", "refused").unwrap();
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({"env": "nowhere"})).await, -501_005);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_second_environment_with_the_same_alias_can_be_refused() {
    let emulator = Emulator::start().await.unwrap();
    emulator.assume("A-002", "refused").unwrap();
    let shop = cloud_shop(&emulator).await;
    env(&emulator, &shop, "shop").await;
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, -501_000);
    assert_eq!(emulator.counters().executed("createEnv"), 1);
}

#[tokio::test]
async fn an_environment_can_take_a_while() {
    let emulator = Emulator::start().await.unwrap();
    emulator.assume("A-011", "after-3-polls").unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let function = json!({"env": id, "function_name": "hello"});
    for status in ["UNAVAILABLE", "UNAVAILABLE", "NORMAL"] {
        assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, function.clone()).await, -501_005);
        let list = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
        assert_eq!(list["info_list"][0]["status"], status);
    }
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, function).await, 0);
}

#[tokio::test]
async fn functions_are_created_and_listed() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let create = async |env: &str, name: &str| {
        call(&emulator, CREATE_FUNCTION, &shop.token, json!({"env": env, "function_name": name})).await
    };
    assert_code(&create(&id, "one").await, 0);
    assert_code(&create(&id, "two").await, 0);
    assert_code(&create(&id, "").await, 40097);
    assert_code(&create("nowhere", "one").await, -501_000);
    assert_code(&create(&id, "one").await, -501_000);
    emulator.assume("A-006", "success").unwrap();
    assert_code(&create(&id, "one").await, 0);

    let list = call(&emulator, LIST_FUNCTIONS, &shop.token, json!({"env": id})).await;
    assert_eq!(list["total_count"], 2);
    assert_eq!(list["functions"][0]["name"], "one");
    assert_eq!(list["functions"][0]["status"], "Active");
    let page = json!({"env": id, "limit": 1, "offset": 1});
    let page = call(&emulator, LIST_FUNCTIONS, &shop.token, page).await;
    assert_eq!((&page["total_count"], &page["functions"][0]["name"]), (&json!(2), &json!("two")));
    assert_code(&call(&emulator, LIST_FUNCTIONS, &shop.token, json!({"env": id, "limit": -1})).await, 40097);
    assert_code(&call(&emulator, LIST_FUNCTIONS, &shop.token, json!({"env": "nowhere"})).await, -501_000);
    emulator.assert_clean();
}

#[tokio::test]
async fn another_merchants_environment_is_unknown() {
    let emulator = Emulator::start().await.unwrap();
    let (one, two) = (cloud_shop(&emulator).await, cloud_shop(&emulator).await);
    let id = env(&emulator, &one, "shop").await;
    let body = json!({"env": id, "function_name": "hello"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &two.token, body).await, -501_000);
    let body = json!({"action": "get", "env": id});
    assert_code(&call(&emulator, TOKEN_SWITCH, &two.token, body).await, -501_005);
}

async fn get(emulator: &Emulator, token: &str, env: &str) -> Value {
    call(emulator, TOKEN_SWITCH, token, json!({"action": "get", "env": env})).await
}

async fn set(emulator: &Emulator, token: &str, env: &str, open: bool, list: &[&str], version: i64) -> Value {
    let body = json!({"action": "set", "env": env, "open": open, "api_whitelist": list, "version": version});
    call(emulator, TOKEN_SWITCH, token, body).await
}

#[tokio::test]
async fn the_token_switch_is_per_account_and_its_list_per_environment() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let (one, two) = (env(&emulator, &shop, "one").await, env(&emulator, &shop, "two").await);
    let token = &shop.token;
    let start = json!({"errcode": 0, "errmsg": "ok", "open": true, "api_whitelist": ["/*"], "version": 1});
    assert_eq!(get(&emulator, token, &one).await, start);

    let answer = set(&emulator, token, &one, false, &["/wxa/getwxacode"], 1).await;
    assert_eq!(answer, json!({"errcode": 0, "errmsg": "ok", "open": false}));
    let changed = json!({"errcode": 0, "errmsg": "ok", "open": false, "api_whitelist": ["/wxa/getwxacode"], "version": 2});
    assert_eq!(get(&emulator, token, &one).await, changed);
    let other = json!({"errcode": 0, "errmsg": "ok", "open": false, "api_whitelist": ["/*"], "version": 1});
    assert_eq!(get(&emulator, token, &two).await, other);
    emulator.assert_clean();
}

#[tokio::test]
async fn writing_the_token_switch_needs_all_its_members() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let full = json!({"action": "set", "env": id, "open": true, "api_whitelist": [], "version": 1});
    for member in ["action", "env", "open", "api_whitelist", "version"] {
        let mut body = full.clone();
        body.as_object_mut().unwrap().remove(member);
        assert_code(&call(&emulator, TOKEN_SWITCH, &shop.token, body).await, 40101);
    }
    let body = json!({"action": "delete", "env": id});
    assert_code(&call(&emulator, TOKEN_SWITCH, &shop.token, body).await, 40097);
    let body = json!({"action": "get", "env": ""});
    assert_code(&call(&emulator, TOKEN_SWITCH, &shop.token, body).await, 40097);
    let body = json!({"action": "set", "env": id, "open": "true", "api_whitelist": [], "version": 1});
    assert_code(&call(&emulator, TOKEN_SWITCH, &shop.token, body).await, 47001);
    assert_code(&get(&emulator, &shop.token, "nowhere").await, -501_005);
    assert_code(&call(&emulator, TOKEN_SWITCH, &shop.token, full).await, 0);
}

#[tokio::test]
async fn a_stale_version_has_three_variants() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let token = &shop.token;
    assert_code(&set(&emulator, token, &id, false, &[], 6).await, 40097);
    assert_eq!(get(&emulator, token, &id).await["open"], true);

    emulator.assume("A-001", "ignored").unwrap();
    assert_eq!(set(&emulator, token, &id, false, &[], 6).await["open"], true);
    assert_eq!(get(&emulator, token, &id).await["version"], 1);

    emulator.assume("A-001", "accepted").unwrap();
    assert_eq!(set(&emulator, token, &id, false, &[], 6).await["open"], false);
    assert_eq!(get(&emulator, token, &id).await["version"], 2);
}

#[tokio::test]
async fn batch_mode_keeps_settings_of_the_platform() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = batch_env(&emulator).await;
    assert_code(&set(&emulator, &token, &env, false, &["/a"], 1).await, 0);
    let answer = get(&emulator, &token, &env).await;
    assert_eq!((&answer["open"], &answer["version"]), (&json!(false), &json!(2)));
    assert_code(&get(&emulator, &token, "nowhere").await, -501_005);
    emulator.set_batch_mode(&emulator.component().app_id, false).unwrap();
    assert_code(&get(&emulator, &token, &env).await, 85088);
    emulator.assert_clean();
}
