//! What a merchant grants, and to how many platforms.

use std::time::Duration;

use serde_json::json;
use tcb_emulator::{Emulator, EmulatorErrorKind, Merchant};

use crate::support::*;

const GET_OPTION: &str = "/cgi-bin/component/get_authorizer_option";
const SET_OPTION: &str = "/cgi-bin/component/set_authorizer_option";

#[tokio::test]
async fn an_exclusive_permission_set_is_one_platforms_alone() {
    let emulator = Emulator::start().await.unwrap();
    let (first, second) = (emulator.component().app_id.clone(), emulator.add_component().app_id);
    let shop = emulator.add_merchant(Merchant::new());
    emulator.authorize(&first, &shop, [18, 30, 49]).await.unwrap();
    for set in [18, 49] {
        let error = emulator.authorize(&second, &shop, [30, set]).await.unwrap_err();
        assert_eq!(error.kind(), EmulatorErrorKind::ExclusiveSet, "{set}");
    }
    emulator.authorize(&second, &shop, [25, 30]).await.unwrap();
    let error = emulator.authorize(&first, &shop, [25]).await.unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::ExclusiveSet);
    emulator.authorize(&first, &shop, [18]).await.unwrap();
    emulator.authorize(&second, &shop, [25, 49]).await.unwrap();
    emulator.unauthorize(&second, &shop).await.unwrap();
    emulator.authorize(&first, &shop, [25, 49]).await.unwrap();
    emulator.assert_clean();
}

#[tokio::test]
async fn a_pre_authorisation_code_is_good_once_and_for_ten_minutes() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let token = component_token(&emulator).await;
    let new_code = async || {
        let body = json!({"component_appid": component});
        text(&call(&emulator, PRE_AUTH_CODE, &token, body).await, "/pre_auth_code")
    };
    let shop = emulator.add_merchant(Merchant::new());
    let by_link = async |code: &str| {
        let authorized = emulator.authorize_by_link(&component, &shop, [49], code).await;
        authorized.map(drop).map_err(|error| error.kind())
    };
    let (one, two, late) = (new_code().await, new_code().await, new_code().await);
    assert_eq!(by_link(&one).await, Ok(()));
    assert_eq!(by_link(&one).await, Err(EmulatorErrorKind::PreAuthCode), "it was used");
    assert_eq!(by_link("preauthcode@@@invented").await, Err(EmulatorErrorKind::PreAuthCode));
    emulator.advance(Duration::from_secs(599)).await;
    assert_eq!(by_link(&two).await, Ok(()));
    emulator.advance(Duration::from_secs(1)).await;
    assert_eq!(by_link(&late).await, Err(EmulatorErrorKind::PreAuthCode), "it has run out");

    let other = emulator.add_component().app_id;
    let foreign = emulator.authorize_by_link(&other, &shop, [3], &new_code().await).await.unwrap_err();
    assert_eq!(foreign.kind(), EmulatorErrorKind::PreAuthCode, "it is another platform's");
    emulator.assert_clean();
}

#[tokio::test]
async fn options_are_set_and_read_back() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new()).await;
    let set = |value: &str| json!({"option_name": "location_report", "option_value": value});
    assert_code(&call(&emulator, SET_OPTION, &shop.token, set("2")).await, 0);
    assert_code(&call(&emulator, SET_OPTION, &shop.token, set("3")).await, 61013);
    let body = json!({"option_name": "location_report"});
    let own = call(&emulator, GET_OPTION, &shop.token, body.clone()).await;
    assert_eq!((&own["option_value"], &own["authorizer_appid"]), (&json!("2"), &json!(shop.app_id)));
    let invented = json!({"option_name": "smell"});
    assert_code(&call(&emulator, GET_OPTION, &shop.token, invented).await, 61012);

    // The first edition names the account, and takes the platform's token.
    let token = component_token(&emulator).await;
    assert_code(&call(&emulator, GET_OPTION, &token, body).await, 40101);
    let named = |appid: &str| json!({"option_name": "voice_recognize", "authorizer_appid": appid});
    let answer = call(&emulator, GET_OPTION, &token, named(shop.app_id.as_str())).await;
    assert_eq!(answer["option_value"], "0");
    assert_code(&call(&emulator, GET_OPTION, &token, named("wx0")).await, 61003);
    assert_code(&call(&emulator, GET_OPTION, &shop.token, named("wx0")).await, 40013);
    emulator.assert_clean();
}
