//! How a store is set up.

use std::error::Error as _;

use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_postgres::{PostgresOptions, PostgresStore, PostgresWarning};
use tcb_test_kit::postgres::PostgresServer;

use crate::{fresh, options, server, shop};

#[tokio::test]
async fn settings_that_lose_refresh_tokens_are_warned_of() {
    let Some(server) = server() else { return };
    assert_eq!(fresh(server).await.check().await.unwrap(), []);
    let bad = PostgresServer::start(&["fsync=off", "full_page_writes=off", "synchronous_commit=off"]);
    let store = PostgresStore::connect(options(&bad)).await.unwrap();
    let off = ["fsync", "full_page_writes"];
    let off = off.map(|setting| PostgresWarning::NotDurable { setting: setting.to_owned() });
    assert_eq!(store.check().await.unwrap(), off);
}

#[tokio::test]
async fn clear_text_to_another_machine_is_refused_unless_it_is_allowed() {
    let Some(server) = server() else { return };
    // The system takes this for 127.0.0.1, but nobody can see that from the name.
    let url = server.url().replace("127.0.0.1", "localhost.localdomain") + "?sslmode=disable";
    let error = PostgresStore::connect(PostgresOptions::new(&url).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let said = error.source().unwrap().to_string();
    assert!(said.contains("allow_clear_text") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_password_opens_the_server_and_is_never_shown() {
    let Some(server) = server() else { return };
    let store = fresh(server).await;
    assert!(store.load(&shop()).await.unwrap().held.is_none());
    assert!(!format!("{store:?}").contains("hunter2"));
    let wrong = PostgresOptions::new(&server.url().replace("hunter2", "hunter3")).unwrap();
    let error = PostgresStore::connect(wrong).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(!format!("{error:?}{}", error.source().unwrap()).contains("hunter3"));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_a_mistake() {
    let Some(server) = server() else { return };
    let options = PostgresOptions::new(&(server.url() + "x")).unwrap();
    assert_eq!(PostgresStore::connect(options).await.unwrap_err().kind(), StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = PostgresOptions::new(&format!("postgres://127.0.0.1:{port}/tcb")).unwrap();
    assert_eq!(PostgresStore::connect(options).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

#[test]
fn without_a_runtime_it_is_a_clear_error() {
    let connecting = PostgresStore::connect(PostgresOptions::new("postgres://127.0.0.1:1/tcb").unwrap());
    let mut connecting = Box::pin(connecting);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = connecting.as_mut().poll(&mut context) else {
        panic!("it waits for something")
    };
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert_eq!(error.source().unwrap().to_string(), "there is no tokio runtime");
}
