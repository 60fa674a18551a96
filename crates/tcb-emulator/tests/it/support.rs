use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant, USUAL_PERMISSION_SETS};
use tcb_test_kit::HandClock;
use tcb_types::AuthorizerAppId;
use tokio::net::TcpStream;

pub(crate) const OPEN_CLOUD: &str = "/tcb/createclouduser";
pub(crate) const CREATE_ENV: &str = "/tcb/createenvandresource";
pub(crate) const LIST_ENVS: &str = "/tcb/getenvinfo";
pub(crate) const CREATE_FUNCTION: &str = "/tcb/createfunction";
pub(crate) const LIST_FUNCTIONS: &str = "/tcb/listfunctions";
pub(crate) const TOKEN_SWITCH: &str = "/tcb/usecloudaccesstoken";
pub(crate) const CREATE_ACCOUNT: &str = "/cgi-bin/open/create";
pub(crate) const GET_ACCOUNT: &str = "/cgi-bin/open/get";
pub(crate) const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";
pub(crate) const START_PUSH: &str = "/cgi-bin/component/api_start_push_ticket";
pub(crate) const PRE_AUTH_CODE: &str = "/cgi-bin/component/api_create_preauthcode";
pub(crate) const QUERY_AUTH: &str = "/cgi-bin/component/api_query_auth";
pub(crate) const REFRESH: &str = "/cgi-bin/component/api_authorizer_token";
pub(crate) const AUTHORIZER_INFO: &str = "/cgi-bin/component/api_get_authorizer_info";
pub(crate) const AUTHORIZER_LIST: &str = "/cgi-bin/component/api_get_authorizer_list";

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON answer")
    }
}

/// One request on a connection of its own; an error is a connection that ended without an answer.
pub(crate) async fn send(request: Request<Full<Bytes>>) -> Result<Answer, hyper::Error> {
    let port = request.uri().port_u16().expect("a port");
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a listener");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    if !head.headers.contains_key("host") {
        head.headers.insert("host", head.uri.authority().expect("an authority").as_str().parse().unwrap());
    }
    head.uri = head.uri.path_and_query().expect("a path").as_str().parse::<Uri>().unwrap();
    let answer = sender.send_request(Request::from_parts(head, body)).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.into_body().collect().await?.to_bytes();
    drop(sender);
    driver.await.expect("the driver ends").ok();
    Ok(Answer { status, headers, body })
}

pub(crate) fn request(method: Method, url: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(url).body(Full::new(body.into())).expect("a request")
}

/// Calls a WeChat path with a token, which has to be answered with HTTP 200 and JSON.
pub(crate) async fn call(emulator: &Emulator, path: &str, token: &str, body: Value) -> Value {
    let url = format!("{}{path}?access_token={token}", emulator.base_url());
    let answer = send(request(Method::POST, &url, body.to_string())).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

/// The same with parameters beside the token: `&action=get`.
pub(crate) async fn call_with(
    emulator: &Emulator,
    path: &str,
    query: &str,
    token: &str,
    body: impl Into<Bytes>,
) -> Value {
    let url = format!("{}{path}?access_token={token}{query}", emulator.base_url());
    let answer = send(request(Method::POST, &url, body)).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

/// Calls a WeChat path that is read with `GET`.
pub(crate) async fn read(emulator: &Emulator, path: &str, token: &str) -> Value {
    let url = format!("{}{path}?access_token={token}", emulator.base_url());
    send(request(Method::GET, &url, "")).await.expect("an answer").json()
}

/// Calls a WeChat path that takes no token.
pub(crate) async fn call_bare(emulator: &Emulator, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", emulator.base_url());
    let answer = send(request(Method::POST, &url, body.to_string())).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

pub(crate) fn errcode(answer: &Value) -> i64 {
    answer.get("errcode").map_or(0, |code| code.as_i64().expect("a number"))
}

/// Asserts the code, and that a refusal carries a request id at the end of its text.
#[track_caller]
pub(crate) fn assert_code(answer: &Value, code: i64) {
    assert_eq!(errcode(answer), code, "{answer}");
    if code != 0 {
        let text = answer["errmsg"].as_str().expect("a text");
        let (_, rid) = text.rsplit_once(" rid: ").expect("a request id");
        let parts: Vec<&str> = rid.split('-').collect();
        assert_eq!(parts.len(), 3, "{text}");
        let is_hex = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(parts.iter().all(is_hex), "{text}");
    }
}

pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {answer}"))
        .to_owned()
}

/// Gets a component access token.
pub(crate) async fn component_token(emulator: &Emulator) -> String {
    let component = emulator.component();
    let ticket = emulator.ticket(&component.app_id).unwrap();
    let answer = call_bare(
        emulator,
        COMPONENT_TOKEN,
        json!({
            "component_appid": component.app_id,
            "component_appsecret": component.secret.expose(),
            "component_verify_ticket": ticket.expose(),
        }),
    );
    text(&answer.await, "/component_access_token")
}

/// A merchant's credentials.
pub(crate) struct Shop {
    pub(crate) app_id: AuthorizerAppId,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

/// Adds a merchant and runs the chain down to its token.
pub(crate) async fn shop(emulator: &Emulator, merchant: Merchant) -> Shop {
    shop_with(emulator, merchant, &USUAL_PERMISSION_SETS).await
}

pub(crate) async fn shop_with(emulator: &Emulator, merchant: Merchant, sets: &[u32]) -> Shop {
    let app_id = emulator.add_merchant(merchant);
    exchange(emulator, app_id, sets).await
}

/// Has a merchant authorise the first platform and exchanges the code.
pub(crate) async fn exchange(emulator: &Emulator, app_id: AuthorizerAppId, sets: &[u32]) -> Shop {
    let component = &emulator.component().app_id;
    let code = emulator.authorize(component, &app_id, sets.iter().copied()).await.unwrap();
    let token = component_token(emulator).await;
    let body = json!({"component_appid": component, "authorization_code": code.expose()});
    let answer = call(emulator, QUERY_AUTH, &token, body).await;
    Shop {
        app_id,
        token: text(&answer, "/authorization_info/authorizer_access_token"),
        refresh_token: text(&answer, "/authorization_info/authorizer_refresh_token"),
    }
}

/// A merchant with cloud development open.
pub(crate) async fn cloud_shop(emulator: &Emulator) -> Shop {
    let shop = shop(emulator, Merchant::new().consenting()).await;
    assert_code(&call(emulator, OPEN_CLOUD, &shop.token, json!({})).await, 0);
    shop
}

/// Creates an environment and answers its id.
pub(crate) async fn env(emulator: &Emulator, shop: &Shop, alias: &str) -> String {
    let body = json!({"type": "CreatePostpayPackage", "alias": alias});
    text(&call(emulator, CREATE_ENV, &shop.token, body).await, "/envid")
}

/// A platform's token and an environment of its own, which is set up.
pub(crate) async fn batch_env(emulator: &Emulator) -> (String, String) {
    let token = component_token(emulator).await;
    let body = json!({"alias": "shared", "EnvType": "run"});
    let env = text(&call(emulator, "/componenttcb/createenv", &token, body).await, "/env");
    assert_code(&call(emulator, "/componenttcb/describeenvs", &token, json!({})).await, 0);
    (token, env)
}

/// Uses a shop's refresh token.
pub(crate) async fn refresh(emulator: &Emulator, shop: &Shop, refresh_token: &str) -> Value {
    let body = json!({
        "component_appid": emulator.component().app_id,
        "authorizer_appid": shop.app_id,
        "authorizer_refresh_token": refresh_token,
    });
    call(emulator, REFRESH, &component_token(emulator).await, body).await
}

/// Ends a test that would wait for ever.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("the test hangs")
}

/// A clock that stands still until it is moved.
pub(crate) fn clock() -> HandClock {
    HandClock::at(1_700_000_000)
}
