//! A server that is away or silent.

use std::time::Duration;

use tcb_auth::store_conformance::{number_of, numbered};
use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_postgres::{PostgresOptions, PostgresStore};
use tcb_test_kit::postgres::{PostgresServer, url};

use crate::{fresh, options, schema, server, shop};

#[tokio::test]
async fn a_killed_server_comes_back_with_what_it_acknowledged() {
    let Some(mut server) = PostgresServer::for_test(&[]) else { return };
    let store = PostgresStore::connect(options(&server).timeout(Duration::from_secs(20))).await.unwrap();
    let mut version = None;
    for number in 0..3 {
        let now = store.load(&shop()).await.unwrap().now;
        version = Some(store.swap(&shop(), version, &numbered(number, now)).await.unwrap().unwrap());
        server.kill();
        assert_eq!(store.load(&shop()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
        server.start_again();
        let (held, record) = store.load(&shop()).await.unwrap().held.unwrap();
        assert_eq!((Some(held), number_of(&record)), (version, Some(number)));
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_no_failure() {
    let Some(server) = server() else { return };
    let (store, name) = (fresh(server).await, schema());
    let name = format!("application_name={name}");
    let options = PostgresOptions::new(&format!("{}?{name}", server.url())).unwrap();
    drop(store);
    let store = PostgresStore::connect(options.schema(schema()).unwrap()).await.unwrap();
    let end = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {}",
        name.replacen('=', "='", 1) + "'"
    );
    let mut version = None;
    for number in 0..5 {
        let now = store.load(&shop()).await.unwrap().now;
        assert_eq!(server.tell(&end), "t");
        version = store.swap(&shop(), version, &numbered(number, now)).await.unwrap();
        assert!(version.is_some(), "a write is not taken for another's, even when it is sent twice");
    }
}

#[tokio::test]
async fn a_connection_whose_other_end_is_gone_without_a_word_is_replaced() {
    let Some(server) = server() else { return };
    let way = Way::open(server.port()).await;
    let options = PostgresOptions::new(&url(way.port)).unwrap().schema(schema()).unwrap();
    let store = PostgresStore::connect(options.timeout(Duration::from_secs(1))).await.unwrap();
    store.load(&shop()).await.unwrap();
    way.swallow();
    assert_eq!(store.load(&shop()).await.unwrap_err().kind(), StoreErrorKind::TimedOut);
    store.load(&shop()).await.unwrap();
}

/// A way to the server that can stop passing on what the connections say that are open now.
struct Way {
    port: u16,
    swallow: tokio::sync::broadcast::Sender<()>,
}

impl Way {
    async fn open(to: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let swallow = tokio::sync::broadcast::Sender::new(1);
        let swallowing = swallow.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut swallowed = swallowing.subscribe();
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = swallowed.recv() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, swallow }
    }

    fn swallow(&self) {
        self.swallow.send(()).unwrap();
    }
}
