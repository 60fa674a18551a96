//! What is kept, and how.

use tcb_auth::store_conformance::{Suite, number_of, numbered};
use tcb_auth::{CodeDigest, Encoded, StoreErrorKind, StoreTime, Subject, TokenKey, TokenStore as _};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::{RedisServer, ask};

use crate::{connect, fresh, shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_conforms() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    Suite::new(async || fresh(&server).await).run().await;
}

#[tokio::test]
async fn the_access_part_expires_on_the_server_and_the_lasting_part_does_not() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    let now = store.load(&shop()).await.unwrap().now;
    store.swap(&shop(), None, &numbered(1, now)).await.unwrap().unwrap();
    let ttl = |part: &str| ask(server.port(), &format!("PTTL {{tcb:wxplatform/wxshop}}:{part}")).unwrap();
    assert_eq!(ttl("lasting"), ":-1\r\n");
    let left: u32 = ttl("access").trim_start_matches(':').trim().parse().unwrap();
    assert!((7_190_000..=7_200_000).contains(&left), "{left}");
    ask(server.port(), "DEL {tcb:wxplatform/wxshop}:access").unwrap();
    let (_, record) = store.load(&shop()).await.unwrap().held.unwrap();
    assert_eq!(number_of(&record), Some(1), "a record whose access part has gone is one");
}

#[tokio::test]
async fn a_record_that_ends_expires_on_the_server_and_a_code_is_in_no_index() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    let digest = CodeDigest::of(&"code".into());
    let key = TokenKey::new("wxplatform", Subject::Code(digest.clone()));
    let now = store.load(&key).await.unwrap().now;
    let ends_at = Some(StoreTime::from_millis(now.as_millis() + 600_000));
    store.swap(&key, None, &Encoded { ends_at, ..numbered(1, now) }).await.unwrap().unwrap();
    for part in ["lasting", "access"] {
        let name = format!("{{tcb:wxplatform/code/{}}}:{part}", digest.as_str());
        let left = ask(server.port(), &format!("PTTL {name}")).unwrap();
        let left: u32 = left.trim_start_matches(':').trim().parse().unwrap();
        assert!((590_000..=600_000).contains(&left), "{part}: {left}");
    }
    assert_eq!(ask(server.port(), "DBSIZE").unwrap(), ":2\r\n");
}

#[tokio::test]
async fn a_first_record_is_one_round_trip_unless_a_proxy_is_in_between() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let reads = || {
        let stats = ask(server.port(), "INFO stats").unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
        line.unwrap().parse::<u32>().unwrap()
    };
    let options = || RedisOptions::new(&server.url()).unwrap();
    for (options, trips) in [(options(), 1), (options().behind_proxy(), 2)] {
        let store = RedisStore::connect(options).await.unwrap();
        let now = store.load(&shop()).await.unwrap().now;
        let warm = TokenKey::new("wxplatform", Subject::Platform);
        store.swap(&warm, None, &numbered(1, now)).await.unwrap();
        let before = reads();
        store.swap(&shop(), None, &numbered(1, now)).await.unwrap().unwrap();
        // To ask is one more, and so is the end of the connection that asked before.
        assert_eq!(reads() - before, trips + 2);
        ask(server.port(), "FLUSHALL").unwrap();
    }
}

#[tokio::test]
async fn a_listed_account_without_a_record_is_left_out() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    ask(server.port(), "ZADD {tcb:wxplatform}:authorizers 0 wxa 0 wxb 0 wxz").unwrap();
    let now = store.load(&shop()).await.unwrap().now;
    store.swap(&shop(), None, &numbered(1, now)).await.unwrap().unwrap();
    for limit in 1..4 {
        let listed = store.authorizers(&"wxplatform".into(), None, limit).await.unwrap();
        assert_eq!(listed, ["wxshop"]);
    }
}

#[tokio::test]
async fn what_is_no_record_is_corrupt() {
    let Some(server) = RedisServer::for_test(&[]) else { return };
    let store = connect(&server).await;
    for command in [
        "SET {tcb:wxplatform/wxshop}:lasting text",
        "HSET {tcb:wxplatform/wxshop}:lasting version 1",
        "HSET {tcb:wxplatform/wxshop}:lasting record {}",
        "HSET {tcb:wxplatform/wxshop}:lasting version one record {}",
        "HSET {tcb:wxplatform/wxshop}:lasting version 1 record {} ends_at soon",
    ] {
        assert!(!ask(server.port(), command).unwrap().starts_with('-'), "{command}");
        assert_eq!(store.load(&shop()).await.unwrap_err().kind(), StoreErrorKind::Corrupt, "{command}");
        ask(server.port(), "FLUSHALL").unwrap();
    }
}
