use tcb_auth::{Subject, TokenKey, TokenStore as _};
use tcb_test_kit::redis::{RedisServer, ask};
use tcb_test_kit::store::assert_first_format_is_read;

use crate::connect;

/// A store of a platform with a token, and of accounts in every state, as records of the first
/// format have it: one command a line.
const FORMAT_1: &str = include_str!("../fixtures/format-1.redis");

#[tokio::test]
async fn records_of_the_first_format_are_read_and_go_on_in_the_next_one() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    for command in FORMAT_1.lines() {
        assert!(ask(server.port(), command).unwrap().starts_with([':', '+']), "{command}");
    }
    let store = connect(&server).await;
    let tokens = assert_first_format_is_read(store.clone()).await;
    assert_eq!(store.authorizers(&"wx_platform".into(), None, 9).await.unwrap().len(), 5);

    let left = std::time::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000);
    tokens.unauthorized("wx_shop", left).await.unwrap();
    let shop = TokenKey::new("wx_platform", Subject::Authorizer("wx_shop".into()));
    let (_, written) = store.load(&shop).await.unwrap().held.unwrap();
    assert!(written.lasting.expose().contains(r#""format":2"#) && written.access.is_none());
}
