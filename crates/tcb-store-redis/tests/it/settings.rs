//! How a store is set up.

use std::error::Error as _;

use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore, RedisWarning};
use tcb_test_kit::redis::RedisServer;

use crate::{connect, shop};

#[tokio::test]
async fn settings_that_lose_refresh_tokens_are_warned_of() {
    let Some(good) = RedisServer::for_test(&["--requirepass", "hunter2"]) else { return };
    let options = RedisOptions::new(&format!("redis://:hunter2@127.0.0.1:{}", good.port())).unwrap();
    assert_eq!(RedisStore::connect(options).await.unwrap().check().await.unwrap(), []);
    let bad = RedisServer::start(&["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]);
    assert_eq!(
        connect(&bad).await.check().await.unwrap(),
        [
            RedisWarning::NotAppendOnly,
            RedisWarning::Evicts { policy: "allkeys-lru".to_owned() },
            RedisWarning::NoPassword,
        ]
    );
}

#[tokio::test]
async fn clear_text_to_another_machine_is_refused_unless_it_is_allowed() {
    let Some(server) = RedisServer::for_test(&["--requirepass", "hunter2"]) else { return };
    // The system takes this for 127.0.0.1, but nobody can see that from the name.
    let options = || RedisOptions::new(&format!("redis://:hunter2@127.1:{}", server.port())).unwrap();
    let error = RedisStore::connect(options()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let said = error.source().unwrap().to_string();
    assert!(said.contains("allow_clear_text") && !said.contains("hunter2"), "{said}");
    let store = RedisStore::connect(options().allow_clear_text()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [RedisWarning::ClearText]);
}

#[tokio::test]
async fn a_password_opens_the_server_and_is_never_shown() {
    let Some(server) = RedisServer::for_test(&["--requirepass", "hunter2"]) else { return };
    let options =
        |login: &str| RedisOptions::new(&format!("redis://{login}127.0.0.1:{}", server.port())).unwrap();
    let store = RedisStore::connect(options(":hunter2@")).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
    assert!(!format!("{store:?}").contains("hunter2"));

    let error = RedisStore::connect(options(":hunter3@")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(!format!("{error:?}{}", error.source().unwrap()).contains("hunter3"));

    let nobody = match RedisStore::connect(options("")).await {
        Ok(store) => store.load(&shop()).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(nobody.kind(), StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = RedisOptions::new(&format!("redis://127.0.0.1:{port}")).unwrap();
    assert_eq!(RedisStore::connect(options).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_socket_of_the_machine_will_do() {
    let Some(server) = RedisServer::for_test(&["--unixsocket", "socket"]) else { return };
    let socket = server.folder().join("socket");
    let options = RedisOptions::new(&format!("unix://{}?db=3", socket.display())).unwrap();
    let store = RedisStore::connect(options).await.unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
}

#[test]
fn without_a_runtime_it_is_a_clear_error() {
    let connecting = RedisStore::connect(RedisOptions::new("redis://127.0.0.1:1").unwrap());
    let mut connecting = Box::pin(connecting);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = connecting.as_mut().poll(&mut context) else {
        panic!("it waits for something")
    };
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert_eq!(error.source().unwrap().to_string(), "there is no tokio runtime");
}
