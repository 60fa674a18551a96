use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant};

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_chain_runs_from_ticket_to_refreshed_token() {
    let emulator = Emulator::builder().seed(7).start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let token = component_token(&emulator).await;
    assert_eq!(token.len(), 137);

    let answer = call(&emulator, PRE_AUTH_CODE, &token, json!({"component_appid": component})).await;
    assert!(text(&answer, "/pre_auth_code").starts_with("preauthcode@@@"));
    assert_eq!(answer["expires_in"], 600);
    assert_eq!(answer.get("errcode"), None);

    let app_id = emulator.add_merchant(Merchant::new().named("Corner shop"));
    let code = emulator.authorize(&component, &app_id, [49, 25]).await.unwrap();
    assert!(code.expose().starts_with("queryauthcode@@@"));
    let body = json!({"component_appid": component, "authorization_code": code.expose()});
    let answer = call(&emulator, QUERY_AUTH, &token, body).await;
    let granted = &answer["authorization_info"];
    assert_eq!(granted["authorizer_appid"], app_id.as_str());
    assert_eq!(granted["expires_in"], 7200);
    assert_eq!(
        granted["func_info"],
        json!([{"funcscope_category": {"id": 25}}, {"funcscope_category": {"id": 49}}])
    );
    let refresh_token = text(granted, "/authorizer_refresh_token");
    assert!(refresh_token.starts_with("refreshtoken@@@"));

    let body = json!({
        "component_appid": component,
        "authorizer_appid": app_id,
        "authorizer_refresh_token": refresh_token,
    });
    let answer = call(&emulator, REFRESH, &token, body).await;
    assert_ne!(answer["authorizer_access_token"], granted["authorizer_access_token"]);
    assert_eq!(answer["authorizer_refresh_token"], refresh_token);

    let body = json!({"component_appid": component, "authorizer_appid": app_id});
    let answer = call(&emulator, AUTHORIZER_INFO, &token, body).await;
    assert_eq!(answer["authorizer_info"]["nick_name"], "Corner shop");
    assert_eq!(answer["authorizer_info"]["basic_config"]["is_phone_configured"], true);
    assert_eq!(answer["authorization_info"]["authorizer_refresh_token"], refresh_token);

    let body = json!({"component_appid": component, "offset": 0, "count": 500});
    let answer = call(&emulator, AUTHORIZER_LIST, &token, body).await;
    assert_eq!(answer["total_count"], 1);
    assert_eq!(answer["list"][0]["authorizer_appid"], app_id.as_str());
    assert_eq!(answer["list"][0]["refresh_token"], refresh_token);
    emulator.assert_clean();
    assert_eq!(emulator.counters().mints(&component), 1);
    assert_eq!(emulator.counters().mints(&app_id), 2);
}

#[tokio::test]
async fn component_calls_take_the_token_under_its_old_name() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let token = component_token(&emulator).await;
    let app_id = emulator.add_merchant(Merchant::new());
    let code = emulator.authorize(&component, &app_id, [49]).await.unwrap();
    let call = async |operation: &str, path: &str, body: Value, member: &str| {
        let url = format!("{}{path}?component_access_token={token}", emulator.base_url());
        let answer = send(request(http::Method::POST, &url, body.to_string())).await.unwrap().json();
        assert!(answer.pointer(member).is_some(), "{operation}: {answer}");
        answer
    };

    call("getPreAuthCode", PRE_AUTH_CODE, json!({"component_appid": component}), "/pre_auth_code").await;
    let body = json!({"component_appid": component, "authorization_code": code.expose()});
    let granted = call("getAuthorizerRefreshToken", QUERY_AUTH, body, "/authorization_info").await;
    let body = json!({
        "component_appid": component,
        "authorizer_appid": app_id,
        "authorizer_refresh_token": text(&granted, "/authorization_info/authorizer_refresh_token"),
    });
    call("getAuthorizerAccessToken", REFRESH, body, "/authorizer_access_token").await;
    let body = json!({"component_appid": component, "authorizer_appid": app_id});
    call("getAuthorizerInfo", AUTHORIZER_INFO, body, "/authorization_info").await;
    let body = json!({"component_appid": component, "offset": 0, "count": 1});
    call("getAuthorizerList", AUTHORIZER_LIST, body, "/list/0").await;
    emulator.assert_clean();
}

#[tokio::test]
async fn secret_ticket_and_appid_are_checked() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().clone();
    let ticket = emulator.ticket(&component.app_id).unwrap();
    let ask = async |app_id: &str, secret: &str, ticket: &str| {
        let body = json!({
            "component_appid": app_id,
            "component_appsecret": secret,
            "component_verify_ticket": ticket,
        });
        call_bare(&emulator, COMPONENT_TOKEN, body).await
    };
    let (app_id, secret) = (component.app_id.as_str(), component.secret.expose());
    assert_code(&ask("wxemu", secret, ticket.expose()).await, 40013);
    assert_code(&ask(app_id, "wrong", ticket.expose()).await, 40125);
    assert_code(&ask(app_id, secret, "ticket@@@wrong").await, 61006);
    assert_code(&ask(app_id, secret, ticket.expose()).await, 0);

    emulator.advance(12 * HOUR).await;
    assert_code(&ask(app_id, secret, ticket.expose()).await, 61005);
    let newer = emulator.ticket(&component.app_id).unwrap();
    assert_ne!(newer, ticket);
    assert_code(&ask(app_id, secret, newer.expose()).await, 0);
    emulator.assert_clean();
}

#[tokio::test]
async fn an_earlier_ticket_works_beside_a_later_one() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let earlier = emulator.ticket(&component).unwrap();
    emulator.set_callback_url(&component, "http://127.0.0.1:9/").unwrap();
    emulator.push_ticket(&component).await.unwrap();
    assert_ne!(emulator.ticket(&component).unwrap(), earlier);
    let body = json!({
        "component_appid": component,
        "component_appsecret": emulator.component().secret.expose(),
        "component_verify_ticket": earlier.expose(),
    });
    assert_code(&call_bare(&emulator, COMPONENT_TOKEN, body).await, 0);
}

#[tokio::test]
async fn start_push_ticket_says_whether_pushing_was_on() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component();
    let body = json!({"component_appid": component.app_id, "component_secret": component.secret.expose()});
    assert_eq!(call_bare(&emulator, START_PUSH, body.clone()).await["errmsg"], "in a normal state");
    emulator.set_ticket_pushing(&component.app_id, false).unwrap();
    assert_eq!(call_bare(&emulator, START_PUSH, body.clone()).await["errmsg"], "ok");
    assert_eq!(call_bare(&emulator, START_PUSH, body).await["errmsg"], "in a normal state");
    let body = json!({"component_appid": component.app_id, "component_secret": "wrong"});
    assert_code(&call_bare(&emulator, START_PUSH, body).await, 40125);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_replaced_token_works_on_for_the_overlap() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let body = json!({"component_appid": emulator.component().app_id});
    let older = component_token(&emulator).await;
    let newer = component_token(&emulator).await;
    assert_ne!(older, newer);
    emulator.advance(Duration::from_secs(299)).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body.clone()).await, 0);
    emulator.advance(Duration::from_secs(1)).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body.clone()).await, 40001);
    assert_code(&call(&emulator, PRE_AUTH_CODE, &newer, body.clone()).await, 0);
    emulator.advance(Duration::from_secs(6900)).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &newer, body).await, 42001);
}

#[tokio::test]
async fn the_overlap_can_be_none() {
    let emulator = Emulator::builder().overlap(Duration::ZERO).start().await.unwrap();
    let older = component_token(&emulator).await;
    component_token(&emulator).await;
    let body = json!({"component_appid": emulator.component().app_id});
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body).await, 40001);
}

#[tokio::test]
async fn the_overlap_can_be_changed() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let body = json!({"component_appid": emulator.component().app_id});
    let older = component_token(&emulator).await;
    component_token(&emulator).await;
    emulator.set_overlap(Duration::from_secs(600));
    assert_eq!(emulator.overlap(), Duration::from_secs(600));
    emulator.advance(Duration::from_secs(599)).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body.clone()).await, 0);
    emulator.advance(Duration::from_secs(1)).await;
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body).await, 40001);
}

#[tokio::test]
async fn the_overlap_of_merchants_tokens_is_an_assumption() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    refresh(&emulator, &shop, &shop.refresh_token).await;
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 0);
    emulator.assume("A-005", "at-once").unwrap();
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 40001);
}

#[tokio::test]
async fn an_authorization_code_is_good_once_and_for_an_hour() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let app_id = emulator.add_merchant(Merchant::new());
    let used = emulator.authorize(&component, &app_id, [49]).await.unwrap();
    let late = emulator.authorize(&component, &app_id, [49]).await.unwrap();
    let ask = async |code: &str| {
        let token = component_token(&emulator).await;
        let body = json!({"component_appid": component, "authorization_code": code});
        call(&emulator, QUERY_AUTH, &token, body).await
    };
    assert_code(&ask(used.expose()).await, 0);
    assert_code(&ask(used.expose()).await, 61009);
    assert_code(&ask("queryauthcode@@@wrong").await, 61009);
    emulator.advance(HOUR).await;
    assert_code(&ask(late.expose()).await, 61010);
}

#[tokio::test]
async fn a_code_is_only_good_for_the_platform_it_was_made_for() {
    let emulator = Emulator::start().await.unwrap();
    let other = emulator.add_component();
    let app_id = emulator.add_merchant(Merchant::new());
    let code = emulator.authorize(&other.app_id, &app_id, [49]).await.unwrap();
    let token = component_token(&emulator).await;
    let own = &emulator.component().app_id;
    let body = json!({"component_appid": own, "authorization_code": code.expose()});
    assert_code(&call(&emulator, QUERY_AUTH, &token, body).await, 61009);
    let body = json!({"component_appid": other.app_id, "authorization_code": code.expose()});
    assert_code(&call(&emulator, QUERY_AUTH, &token, body).await, 61011);
    let body = json!({"component_appid": "wx0", "authorization_code": code.expose()});
    assert_code(&call(&emulator, QUERY_AUTH, &token, body).await, 40013);
}

#[tokio::test]
async fn authorising_again_ends_the_former_refresh_token() {
    let emulator = Emulator::start().await.unwrap();
    let first = shop(&emulator, Merchant::new()).await;
    let again = exchange(&emulator, first.app_id.clone(), &[49]).await;
    assert_ne!(first.refresh_token, again.refresh_token);
    assert_code(&refresh(&emulator, &first, &first.refresh_token).await, 61023);
    assert_code(&refresh(&emulator, &first, &again.refresh_token).await, 0);
}

#[tokio::test]
async fn a_wrong_or_empty_refresh_token_is_invalid() {
    let emulator = Emulator::start().await.unwrap();
    let (one, two) = (shop(&emulator, Merchant::new()).await, shop(&emulator, Merchant::new()).await);
    assert_code(&refresh(&emulator, &one, "").await, 61023);
    assert_code(&refresh(&emulator, &one, &two.refresh_token).await, 61023);
    let stranger = Shop { app_id: emulator.add_merchant(Merchant::new()), ..one };
    assert_code(&refresh(&emulator, &stranger, &stranger.refresh_token).await, 61003);
}

#[tokio::test]
async fn a_refresh_token_can_rotate_with_a_grace() {
    let emulator = Emulator::start().await.unwrap();
    emulator.assume("A-008", "grace").unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let rotated = text(&refresh(&emulator, &shop, &shop.refresh_token).await, "/authorizer_refresh_token");
    assert_ne!(rotated, shop.refresh_token);
    emulator.advance(Duration::from_secs(290)).await;
    let in_grace = refresh(&emulator, &shop, &shop.refresh_token).await;
    assert_eq!(in_grace["authorizer_refresh_token"], rotated);
    emulator.advance(Duration::from_secs(10)).await;
    assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 61023);
    assert_code(&refresh(&emulator, &shop, &rotated).await, 0);
}

#[tokio::test]
async fn a_refresh_token_can_rotate_at_once() {
    let emulator = Emulator::builder().assume("A-008", "strict").start().await.unwrap();
    assert_eq!(emulator.assumed("A-008").unwrap(), "strict");
    let shop = shop(&emulator, Merchant::new()).await;
    let rotated = text(&refresh(&emulator, &shop, &shop.refresh_token).await, "/authorizer_refresh_token");
    assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 61023);
    assert_code(&refresh(&emulator, &shop, &rotated).await, 0);
}

#[tokio::test]
async fn a_cancelled_authorisation_ends_everything() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let shop = shop(&emulator, Merchant::new()).await;
    emulator.unauthorize(&component, &shop.app_id).await.unwrap();

    assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, json!({})).await, 61003);
    emulator.assume("A-009", "40001").unwrap();
    assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, json!({})).await, 40001);
    assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 61023);
    let token = component_token(&emulator).await;
    let body = json!({"component_appid": component, "authorizer_appid": shop.app_id});
    assert_code(&call(&emulator, AUTHORIZER_INFO, &token, body).await, 61003);
    let body = json!({"component_appid": component, "offset": 0, "count": 10});
    assert_eq!(call(&emulator, AUTHORIZER_LIST, &token, body).await["total_count"], 0);
}

#[tokio::test]
async fn the_list_comes_in_pages_of_at_most_500() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    for _ in 0..3 {
        let app_id = emulator.add_merchant(Merchant::new());
        emulator.authorize(&component, &app_id, [49]).await.unwrap();
    }
    let token = component_token(&emulator).await;
    let page = async |offset: i64, count: i64| {
        let body = json!({"component_appid": component, "offset": offset, "count": count});
        call(&emulator, AUTHORIZER_LIST, &token, body).await
    };
    let answer = page(1, 1).await;
    assert_eq!(answer["total_count"], 3);
    assert_eq!(answer["list"].as_array().unwrap().len(), 1);
    // The code was never exchanged.
    assert_eq!(answer["list"][0]["refresh_token"], "");
    assert_eq!(page(3, 500).await["list"], json!([]));
    assert_code(&page(0, 501).await, 40170);
    assert_code(&page(-1, 1).await, 40097);
    emulator.assert_clean();
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_answers() {
    async fn story(seed: u64) -> Vec<serde_json::Value> {
        let emulator = Emulator::builder().seed(seed).clock(clock()).start().await.unwrap();
        let shop = cloud_shop(&emulator).await;
        let id = env(&emulator, &shop, "shop").await;
        let body = json!({"env": id, "function_name": "hello"});
        vec![
            json!(shop.token),
            call(&emulator, CREATE_FUNCTION, &shop.token, body.clone()).await,
            call(&emulator, CREATE_FUNCTION, &shop.token, body).await,
            call(&emulator, LIST_ENVS, &shop.token, json!({})).await,
            call(&emulator, CREATE_ACCOUNT, &shop.token, json!({})).await,
        ]
    }
    let first = story(7).await;
    assert_eq!(first, story(7).await);
    assert_ne!(first, story(8).await);
}
