use std::time::{Duration, SystemTime};

use tcb_auth::{PlatformTokens, TokenSource as _};
use tcb_callback::{EventSink as _, PlatformEvent};
use tcb_transport::{MockTransport, Request, Response};

fn event(info_type: &str, fields: &str) -> PlatformEvent {
    event_before(Duration::ZERO, info_type, fields)
}

/// An event that happened this long ago; tickets live for twelve hours.
fn event_before(age: Duration, info_type: &str, fields: &str) -> PlatformEvent {
    let now = tcb_types::Clock::wall(&tcb_types::SystemClock) - age;
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let xml =
        format!("<xml><CreateTime>{seconds}</CreateTime><InfoType>{info_type}</InfoType>{fields}</xml>");
    PlatformEvent::from_xml(xml, now).unwrap()
}

/// WeChat's side: a component token for the right ticket, an account token for the right code.
fn answer(request: &Request) -> Response {
    let body = str::from_utf8(request.body_bytes()).unwrap();
    match request.path() {
        "/cgi-bin/component/api_component_token" => {
            assert!(body.contains("ticket@@@1"), "{body}");
            Response::json(r#"{"component_access_token":"component-token","expires_in":7200}"#)
        }
        "/cgi-bin/component/api_query_auth" => {
            assert!(body.contains("code@@@1"), "{body}");
            Response::json(
                r#"{"authorization_info":{"authorizer_appid":"wx1","authorizer_access_token":"account-token",
                "expires_in":7200,"authorizer_refresh_token":"refresh","func_info":[]}}"#,
            )
        }
        other => panic!("unexpected call of {other}"),
    }
}

fn tokens() -> PlatformTokens {
    let mut wire = MockTransport::new();
    wire.expect_send().returning(|request| Ok(answer(&request)));
    PlatformTokens::builder("wxb11529c136998cb6", "secret").transport(wire).build()
}

async fn with_ticket() -> PlatformTokens {
    let tokens = tokens();
    let ticket = "<ComponentVerifyTicket>ticket@@@1</ComponentVerifyTicket>";
    tokens.platform_event(event("component_verify_ticket", ticket)).await.unwrap();
    tokens
}

#[tokio::test]
async fn a_ticket_opens_the_token_of_the_platform() {
    assert!(tokens().component().token().await.is_err());
    let token = with_ticket().await.component().token().await.unwrap();
    assert_eq!(token.value().expose(), "component-token");
}

#[tokio::test]
async fn the_code_of_an_authorisation_opens_the_token_of_the_account() {
    let authorization =
        "<AuthorizerAppid>wx1</AuthorizerAppid><AuthorizationCode>code@@@1</AuthorizationCode>";
    let registration = "<appid>wx1</appid><status>0</status><auth_code>code@@@1</auth_code>";
    for (info_type, fields) in [
        ("authorized", authorization),
        ("updateauthorized", authorization),
        ("notify_third_fasteregister", registration),
    ] {
        let tokens = with_ticket().await;
        tokens.platform_event(event(info_type, fields)).await.unwrap();
        let token = tokens.authorizer("wx1").token().await.unwrap();
        assert_eq!(token.value().expose(), "account-token", "{info_type}");
    }
}

#[tokio::test]
async fn a_registration_that_failed_opens_nothing() {
    let tokens = with_ticket().await;
    let fields = "<appid>wx1</appid><status>-1</status><auth_code>code@@@1</auth_code>";
    tokens.platform_event(event("notify_third_fasteregister", fields)).await.unwrap();
    assert!(tokens.authorizer("wx1").token().await.is_err());
}

#[tokio::test]
async fn a_withdrawal_voids_the_token_of_the_account() {
    let tokens = with_ticket().await;
    let account = "<AuthorizerAppid>wx1</AuthorizerAppid>";
    let code = format!("{account}<AuthorizationCode>code@@@1</AuthorizationCode>");
    tokens.platform_event(event("authorized", &code)).await.unwrap();
    tokens.authorizer("wx1").token().await.unwrap();
    tokens.platform_event(event("unauthorized", account)).await.unwrap();
    assert!(tokens.authorizer("wx1").token().await.is_err());
}

#[tokio::test]
async fn a_ticket_that_comes_late_does_not_replace_a_newer_one() {
    let tokens = with_ticket().await;
    let late = "<ComponentVerifyTicket>ticket@@@0</ComponentVerifyTicket>";
    let late = event_before(Duration::from_secs(600), "component_verify_ticket", late);
    tokens.platform_event(late).await.unwrap();
    // The other side asserts that it gets the newer one.
    assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-token");
}

#[tokio::test]
async fn an_authorisation_that_comes_after_its_withdrawal_opens_nothing() {
    let account = "<AuthorizerAppid>wx1</AuthorizerAppid>";
    let code = format!("{account}<AuthorizationCode>code@@@1</AuthorizationCode>");
    let early = event_before(Duration::from_secs(60), "authorized", &code);

    let tokens = with_ticket().await;
    tokens.platform_event(event("unauthorized", account)).await.unwrap();
    tokens.platform_event(early.clone()).await.unwrap();
    assert!(tokens.authorizer("wx1").token().await.is_err());

    // In the right order it does, and the early event again changes nothing.
    let tokens = with_ticket().await;
    tokens.platform_event(event_before(Duration::from_secs(90), "unauthorized", account)).await.unwrap();
    tokens.platform_event(early.clone()).await.unwrap();
    assert_eq!(tokens.authorizer("wx1").token().await.unwrap().value().expose(), "account-token");
}
