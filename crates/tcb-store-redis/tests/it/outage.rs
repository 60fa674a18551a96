//! A server that is away, silent, or has forgotten.

use std::time::Duration;

use tcb_auth::store_conformance::{number_of, numbered};
use tcb_auth::{StoreErrorKind, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::{RedisServer, ask};
use tcb_types::{Clock as _, SystemClock};

use crate::{connect, shop};

#[tokio::test]
async fn a_killed_server_comes_back_with_what_it_acknowledged() {
    let Some(mut server) = RedisServer::for_test(&["--appendfsync", "always"]) else { return };
    let store = connect(&server).await;
    let mut version = None;
    for number in 0..20 {
        let now = store.load(&shop()).await.unwrap().now;
        version = Some(store.swap(&shop(), version, &numbered(number, now)).await.unwrap().unwrap());
        server.kill();
        assert_eq!(store.load(&shop()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
        server.start_again();
        // The scripts have gone with the old process, and so has the connection.
        let (held, record) = store.load(&shop()).await.unwrap().held.unwrap();
        assert_eq!((Some(held), number_of(&record)), (version, Some(number)));
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_no_failure() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    let mut version = None;
    for number in 0..20 {
        let now = store.load(&shop()).await.unwrap().now;
        ask(server.port(), "CLIENT KILL TYPE normal SKIPME yes").unwrap();
        version = store.swap(&shop(), version, &numbered(number, now)).await.unwrap();
        assert!(version.is_some(), "a write is not taken for another's, even when it is sent twice");
    }
}

#[tokio::test]
async fn an_emptied_server_is_one_without_records() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    let now = store.load(&shop()).await.unwrap().now;
    let version = store.swap(&shop(), None, &numbered(1, now)).await.unwrap().unwrap();
    ask(server.port(), "FLUSHALL").unwrap();
    ask(server.port(), "SCRIPT FLUSH").unwrap();
    assert!(store.load(&shop()).await.unwrap().held.is_none());
    assert_eq!(store.swap(&shop(), Some(version), &numbered(2, now)).await.unwrap(), None);
    assert!(store.authorizers(&"wxplatform".into(), None, 9).await.unwrap().is_empty());
    assert!(store.swap(&shop(), None, &numbered(3, now)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_frozen_server_is_given_up_within_the_time_out() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let options = RedisOptions::new(&server.url()).unwrap().timeout(Duration::from_millis(200));
    let store = RedisStore::connect(options).await.unwrap();
    store.load(&shop()).await.unwrap();
    server.freeze();
    // The first goes over the open connection, the second has to make one.
    for _ in 0..2 {
        let begun = SystemClock.monotonic();
        let error = store.load(&shop()).await.unwrap_err();
        let took = SystemClock.monotonic() - begun;
        assert_eq!(error.kind(), StoreErrorKind::TimedOut);
        assert!((200..10_000).contains(&took.as_millis()), "{took:?}");
    }
    server.thaw();
    store.load(&shop()).await.unwrap();
}

#[tokio::test]
async fn a_connection_whose_other_end_is_gone_without_a_word_is_replaced() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let way = Way::open(server.port()).await;
    let options = RedisOptions::new(&format!("redis://127.0.0.1:{}", way.port)).unwrap();
    let store = RedisStore::connect(options.timeout(Duration::from_millis(200))).await.unwrap();
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
