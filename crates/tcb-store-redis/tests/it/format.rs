use tcb_auth::{PlatformTokens, Subject, TokenKey, TokenSource as _, TokenStore as _};
use tcb_transport::{MockTransport, TransportError, TransportErrorKind};

use crate::connect;
use crate::server::{RedisServer, ask, left_out};

/// A store of a platform with a token, and of accounts in every state, as records of the first format have it: one command a line.
const FORMAT_1: &str = include_str!("../fixtures/format-1.redis");

#[tokio::test]
async fn records_of_the_first_format_are_read_and_go_on_in_the_next_one() {
    if left_out() {
        return;
    }
    let server = RedisServer::start(&[]);
    for command in FORMAT_1.lines() {
        assert!(ask(server.port(), command).unwrap().starts_with([':', '+']), "{command}");
    }
    let store = connect(&server).await;
    let mut transport = MockTransport::new();
    transport.expect_send().returning(|_| Err(TransportError::new(TransportErrorKind::Connect)));
    let tokens =
        PlatformTokens::builder("wx_platform", "secret").transport(transport).store(store.clone()).build();
    assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-1");
    for (app_id, refresh_token, access_token) in [
        ("wx_shop", Some("refresh-2"), Some("access-2")),
        ("wx_code", Some("refresh-3"), Some("access-3")),
        ("wx_hung", Some("refresh-4"), None),
        ("wx_pending", None, None),
        ("wx_left", None, None),
    ] {
        let found = tokens.refresh_token(&app_id.into()).await.unwrap();
        assert_eq!(found.as_ref().map(tcb_types::RefreshToken::expose), refresh_token, "{app_id}");
        let found = tokens.authorizer(app_id).token().await.ok();
        assert_eq!(found.as_ref().map(|token| token.value().expose()), access_token, "{app_id}");
    }
    assert_eq!(store.authorizers(&"wx_platform".into(), None, 9).await.unwrap().len(), 5);

    let left = std::time::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000);
    tokens.unauthorized("wx_shop", left).await.unwrap();
    let shop = TokenKey::new("wx_platform", Subject::Authorizer("wx_shop".into()));
    let (_, written) = store.load(&shop).await.unwrap().held.unwrap();
    assert!(written.lasting.expose().contains(r#""format":2"#) && written.access.is_none());
}
