//! How often may be called, and requests by their ids.

use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, EmulatorErrorKind, Merchant};

use crate::support::*;

const GET: &str = "/cgi-bin/openapi/quota/get";
const CLEAR: &str = "/cgi-bin/clear_quota";
const CLEAR_ONE: &str = "/cgi-bin/openapi/quota/clear";
const BY_PLATFORM_SECRET: &str = "/cgi-bin/component/clear_quota/v2";
const BY_SECRET: &str = "/cgi-bin/clear_quota/v2";
const RID: &str = "/cgi-bin/openapi/rid/get";

async fn used(emulator: &Emulator, token: &str, path: &str) -> Value {
    call(emulator, GET, token, json!({"cgi_path": path})).await["quota"].clone()
}

#[tokio::test]
async fn calls_of_a_day_are_counted_and_end() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.set_quota(LIST_ENVS, 2).unwrap();
    let list = async || errcode(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await);
    assert_eq!(
        used(&emulator, &shop.token, LIST_ENVS).await,
        json!({"daily_limit": 2, "used": 0, "remain": 2})
    );
    assert_eq!([list().await, list().await, list().await], [0, 0, 45009]);
    assert_eq!(used(&emulator, &shop.token, LIST_ENVS).await["remain"], 0);
    assert_code(&call(&emulator, CLEAR_ONE, &shop.token, json!({"cgi_path": LIST_ENVS})).await, 0);
    assert_eq!(list().await, 0);

    // 06:13 in Beijing; the count ends with the day there.
    assert_eq!([list().await, list().await], [0, 45009]);
    emulator.advance(Duration::from_secs(2 * 3600 - 60)).await;
    assert_eq!(list().await, 45009);
    emulator.advance(Duration::from_secs(16 * 3600)).await;
    let shop = exchange(&emulator, shop.app_id, &[49]).await;
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 0);
    let error = emulator.set_quota("/tcb/nothing", 1).unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::UnknownPath);
    emulator.assert_clean();
}

#[tokio::test]
async fn only_paths_of_the_tokens_kind_can_be_asked_about() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let token = component_token(&emulator).await;
    let ask = async |token: &str, path: &str| {
        errcode(&call(&emulator, GET, token, json!({"cgi_path": path})).await)
    };
    assert_eq!(ask(&shop.token, LIST_ENVS).await, 0);
    assert_eq!(ask(&token, LIST_ENVS).await, 76022);
    assert_eq!(ask(&shop.token, "/sns/userinfo").await, 76022);
    assert_eq!(ask(&shop.token, "/tcb/nothing").await, 76021);
    assert_eq!(ask(&shop.token, "tcb/getenvinfo").await, 76003);
    let minted = used(&emulator, &token, COMPONENT_TOKEN).await;
    assert_eq!((&minted["daily_limit"], &minted["used"]), (&json!(10_000), &json!(2)));
    emulator.assert_clean();
}

#[tokio::test]
async fn all_counts_are_cleared_ten_times_a_month() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let component = emulator.component().clone();
    let (shop, token) = (cloud_shop(&emulator).await, component_token(&emulator).await);
    let own = json!({"appid": component.app_id});
    assert_code(&call(&emulator, CLEAR, &token, json!({"appid": shop.app_id})).await, 40013);
    for _ in 0..9 {
        assert_code(&call(&emulator, CLEAR, &token, own.clone()).await, 0);
    }
    let secret = |secret: &str| json!({"component_appid": component.app_id, "appsecret": secret});
    assert_code(&call_bare(&emulator, BY_PLATFORM_SECRET, secret("wrong")).await, 40125);
    assert_code(&call_bare(&emulator, BY_PLATFORM_SECRET, secret(component.secret.expose())).await, 0);
    assert_code(&call(&emulator, CLEAR, &token, own).await, 48006);
    assert_code(&call_bare(&emulator, BY_PLATFORM_SECRET, secret(component.secret.expose())).await, 48006);

    let mut for_merchant = secret(component.secret.expose());
    for_merchant["appid"] = json!(shop.app_id);
    assert_code(&call_bare(&emulator, BY_PLATFORM_SECRET, for_merchant.clone()).await, 0);
    for_merchant["appid"] = json!("wx0");
    assert_code(&call_bare(&emulator, BY_PLATFORM_SECRET, for_merchant).await, 43007);
    emulator.advance(Duration::from_secs(31 * 24 * 3600)).await;
    let token = component_token(&emulator).await;
    assert_code(&call(&emulator, CLEAR, &token, json!({"appid": component.app_id})).await, 0);

    let secret = emulator.merchant_secret(&shop.app_id).unwrap();
    let body = json!({"appid": shop.app_id, "appsecret": secret.expose()});
    assert_code(&call_bare(&emulator, BY_SECRET, body).await, 0);
    let body = json!({"appid": shop.app_id, "appsecret": "wrong"});
    assert_code(&call_bare(&emulator, BY_SECRET, body).await, 40125);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_refused_request_is_looked_up_by_its_rid() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (one, two) = (shop(&emulator, Merchant::new()).await, shop(&emulator, Merchant::new()).await);
    let refused = call(&emulator, LIST_ENVS, &one.token, json!({"env": "e"})).await;
    let rid = text(&refused, "/errmsg").rsplit_once(' ').unwrap().1.to_owned();
    let found = call(&emulator, RID, &one.token, json!({"rid": rid})).await;
    let request = &found["request"];
    assert_eq!(
        (&request["invoke_time"], &request["request_body"]),
        (&json!(1_700_000_000), &json!("{\"env\":\"e\"}"))
    );
    assert_eq!(text(request, "/response_body"), refused.to_string());
    assert!(!text(request, "/request_url").contains(&one.token));
    assert_code(&call(&emulator, RID, &two.token, json!({"rid": rid})).await, 76003);
    assert_code(&call(&emulator, RID, &one.token, json!({"rid": "0000"})).await, 76002);
    let unknown = json!({"rid": "00000000-00000000-00000000"});
    assert_code(&call(&emulator, RID, &one.token, unknown).await, 76001);
    emulator.advance(Duration::from_secs(7 * 24 * 3600)).await;
    let one = exchange(&emulator, one.app_id, &[49]).await;
    assert_code(&call(&emulator, RID, &one.token, json!({"rid": rid})).await, 76001);
    emulator.assert_clean();
}

#[tokio::test]
async fn addresses_are_this_machines() {
    let emulator = Emulator::start().await.unwrap();
    let token = component_token(&emulator).await;
    for path in ["/cgi-bin/get_api_domain_ip", "/cgi-bin/getcallbackip"] {
        assert_eq!(read(&emulator, path, &token).await, json!({"ip_list": ["127.0.0.1"]}));
    }
    let check = async |action: &str, operator: &str| {
        let body = json!({"action": action, "check_operator": operator});
        call(&emulator, "/cgi-bin/callback/check", &token, body).await
    };
    assert_code(&check("all", "DEFAULT").await, 40201);
    emulator.assume("A-028", "empty").unwrap();
    assert_eq!(check("all", "DEFAULT").await["ping"], json!([]));
    emulator.set_callback_url(&emulator.component().app_id, "http://127.0.0.1:9/").unwrap();
    assert_eq!(check("ping", "CAP").await["ping"][0]["from_operator"], "CAP");
    assert!(check("dns", "CAP").await.get("ping").is_none());
    assert_code(&check("trace", "CAP").await, 40202);
    emulator.assert_clean();
}
