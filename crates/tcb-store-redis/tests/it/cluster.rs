//! A cluster: each key on its node, wherever that is now.

use std::sync::atomic::{AtomicU32, Ordering};

use tcb_auth::store_conformance::{Suite, number_of, numbered};
use tcb_auth::{StoreErrorKind, Subject, TokenKey, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore, RedisWarning};
use tcb_test_kit::redis::{RedisServer, ask};

use crate::{connect, shop};

/// The slot of `shop`.
const SLOT: &str = "{tcb:wxplatform/wxshop}";

fn options(nodes: &[RedisServer]) -> RedisOptions {
    let urls: Vec<_> = nodes.iter().map(RedisServer::url).collect();
    RedisOptions::cluster(urls.iter().map(String::as_str)).unwrap()
}

fn say(node: &RedisServer, command: &str) -> String {
    let answer = ask(node.port(), command).unwrap();
    assert!(!answer.starts_with('-'), "{command}: {answer}");
    answer.trim().lines().last().unwrap().trim_start_matches(':').to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_conforms_over_a_cluster() {
    let Some(nodes) = RedisServer::cluster_for_test(3, 0) else { return };
    let count = AtomicU32::new(0);
    let fresh = async || {
        let prefix = format!("test{}", count.fetch_add(1, Ordering::Relaxed));
        // One node knows the others.
        RedisStore::connect(options(&nodes[..1]).prefix(prefix).unwrap()).await.unwrap()
    };
    Suite::new(fresh).run().await;
    for node in &nodes {
        assert_ne!(say(node, "DBSIZE"), "0", "all nodes have their part");
    }
    let store = RedisStore::connect(options(&nodes)).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [RedisWarning::NoPassword]);
}

#[tokio::test]
async fn one_address_of_a_cluster_is_a_mistake() {
    let Some(nodes) = RedisServer::cluster_for_test(2, 0) else { return };
    for node in &nodes {
        let store = connect(node).await;
        let mut kinds = Vec::new();
        for key in [shop(), TokenKey::new("wxplatform", Subject::Platform)] {
            kinds.extend(store.load(&key).await.err().map(|error| error.kind()));
        }
        let other = TokenKey::new("wxother", Subject::Platform);
        kinds.extend(store.load(&other).await.err().map(|error| error.kind()));
        assert!(kinds.iter().all(|kind| *kind == StoreErrorKind::Misconfigured), "{kinds:?}");
    }
}

#[tokio::test]
async fn a_key_is_found_while_it_moves_and_after() {
    let Some(nodes) = RedisServer::cluster_for_test(2, 0) else { return };
    let store = RedisStore::connect(options(&nodes)).await.unwrap();
    let now = store.load(&shop()).await.unwrap().now;
    let slot = say(&nodes[0], &format!("CLUSTER KEYSLOT {SLOT}"));
    let (from, to) = if slot.parse::<u16>().unwrap() < 8192 { (0, 1) } else { (1, 0) };
    let ids = [0, 1].map(|number| say(&nodes[number], "CLUSTER MYID"));
    let version = store.swap(&shop(), None, &numbered(1, now)).await.unwrap().unwrap();
    say(&nodes[to], &format!("CLUSTER SETSLOT {slot} IMPORTING {}", ids[from]));
    say(&nodes[from], &format!("CLUSTER SETSLOT {slot} MIGRATING {}", ids[to]));
    let port = nodes[to].port();
    let moves = format!("MIGRATE 127.0.0.1 {port} \"\" 0 5000 KEYS {SLOT}:lasting {SLOT}:access");
    for moved in [false, true] {
        if moved {
            say(&nodes[from], &moves);
        }
        let (held, record) = store.load(&shop()).await.unwrap().held.unwrap();
        assert_eq!((held, number_of(&record)), (version, Some(1)));
        assert_eq!(store.authorizers(&"wxplatform".into(), None, 9).await.unwrap(), ["wxshop"]);
    }

    for node in [&nodes[to], &nodes[from]] {
        say(node, &format!("CLUSTER SETSLOT {slot} NODE {}", ids[to]));
    }
    for number in 2..4 {
        let (held, _) = store.load(&shop()).await.unwrap().held.unwrap();
        store.swap(&shop(), Some(held), &numbered(number, now)).await.unwrap().unwrap();
        assert_eq!(store.authorizers(&"wxplatform".into(), None, 9).await.unwrap(), ["wxshop"]);
    }
}
