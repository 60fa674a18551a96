use rusqlite::Connection;
use tcb_auth::{PlatformTokens, Subject, TokenKey, TokenSource, TokenStore};
use tcb_store_sqlite::SqliteStore;
use tcb_transport::{MockTransport, TransportError, TransportErrorKind};

use crate::account;

/// A store of a platform with a token, of accounts in every state, and of codes, as records of the first format have it.
const FORMAT_1: &str = include_str!("../fixtures/format-1.sql");

#[tokio::test]
async fn records_of_the_first_format_are_read_and_go_on_in_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE records; DROP TABLE IF EXISTS clock").unwrap();
    connection.execute_batch(FORMAT_1).unwrap();
    drop(connection);

    let store = SqliteStore::open(&path).unwrap();
    let mut transport = MockTransport::new();
    transport.expect_send().returning(|_| Err(TransportError::new(TransportErrorKind::Connect)));
    let tokens =
        PlatformTokens::builder("wx_platform", "secret").transport(transport).store(store.clone()).build();
    assert_eq!(tokens.component().token().await.unwrap().value().expose(), "component-1");
    assert!(tokens.ticket_age().await.unwrap().is_some());
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

    tokens
        .ticket("ticket-3", std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000))
        .await
        .unwrap();
    let (_, platform) =
        store.load(&TokenKey::new("wx_platform", Subject::Platform)).await.unwrap().held.unwrap();
    let written = platform.lasting.expose();
    assert!(written.contains(r#""format":2"#) && written.contains("ticket-3"), "{written}");
    assert!(!written.contains("codes"), "codes have records of their own");
    let (_, untouched) = store.load(&account("wx_shop")).await.unwrap().held.unwrap();
    assert!(!untouched.lasting.expose().contains("format"), "what is only read is not written");
}
