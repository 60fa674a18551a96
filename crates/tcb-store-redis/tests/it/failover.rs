//! A master that dies under load, and a replica that takes its place: what was acknowledged stays.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tcb_auth::store_conformance::{number_of, numbered};
use tcb_auth::{StoreError, StoreErrorKind, Subject, TokenKey, TokenStore as _, Version};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::{RedisServer, ask};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ACCOUNTS: usize = 24;

fn account(number: usize) -> TokenKey {
    TokenKey::new("wxplatform", Subject::Authorizer(format!("wx{number}").into()))
}

/// Accounts whose records are counted on, each by one who writes.
struct Load {
    store: RedisStore,
    acknowledged: Arc<[AtomicU64; ACCOUNTS]>,
    ends: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

impl Load {
    async fn begin(options: RedisOptions) -> Self {
        let store = RedisStore::connect(options).await.unwrap();
        let acknowledged: Arc<[_; ACCOUNTS]> = Arc::new([const { AtomicU64::new(0) }; ACCOUNTS]);
        let ends = Arc::new(AtomicBool::new(false));
        let writers = (0..ACCOUNTS).map(|number| {
            let (store, acknowledged, ends) = (store.clone(), acknowledged.clone(), ends.clone());
            tokio::spawn(async move {
                while !ends.load(Ordering::Relaxed) {
                    count_on(&store, number, &acknowledged[number]).await;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        });
        let load = Self { writers: writers.collect(), acknowledged, ends, store };
        load.goes_on().await;
        load
    }

    /// Waits until something new was acknowledged of each account.
    async fn goes_on(&self) {
        let now: Vec<_> = self.acknowledged.iter().map(|number| number.load(Ordering::Relaxed)).collect();
        while self
            .acknowledged
            .iter()
            .zip(&now)
            .any(|(number, before)| number.load(Ordering::Relaxed) <= *before)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self) {
        self.ends.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        for (number, acknowledged) in self.acknowledged.iter().enumerate() {
            let (_, record) = self.store.load(&account(number)).await.unwrap().held.unwrap();
            assert!(number_of(&record).unwrap() >= acknowledged.load(Ordering::Relaxed));
        }
        assert_eq!(self.store.authorizers(&"wxplatform".into(), None, 99).await.unwrap().len(), ACCOUNTS);
    }
}

async fn count_on(store: &RedisStore, number: usize, acknowledged: &AtomicU64) {
    let Ok(loaded) = store.load(&account(number)).await else { return };
    let (version, last) = match &loaded.held {
        Some((version, record)) => (Some(*version), number_of(record).unwrap()),
        None => (None, 0),
    };
    assert!(last >= acknowledged.load(Ordering::Relaxed), "what was acknowledged is lost");
    if let Ok(Some(_)) = store.swap(&account(number), version, &numbered(last + 1, loaded.now)).await {
        acknowledged.store(last + 1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_name_another_master_and_what_was_acknowledged_stays() {
    let Some(master) = RedisServer::for_test(&[]) else { return };
    let _replicas = [master.replica(), master.replica()];
    let sentinel = RedisServer::sentinel(&master);
    while !ask(sentinel.port(), "INFO sentinel").unwrap().contains("slaves=2") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let nobody = "redis://127.0.0.1:1";
    let options = RedisOptions::sentinel("redis://tokens", [nobody, &sentinel.url()]).unwrap();
    let load = Load::begin(options.replicas(1)).await;
    master.kill();
    load.goes_on().await;
    load.end().await;
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_a_mistake() {
    let Some(master) = RedisServer::for_test(&[]) else { return };
    let sentinel = RedisServer::sentinel(&master);
    let options = RedisOptions::sentinel("redis://tokns", [sentinel.url().as_str()]).unwrap();
    assert_eq!(RedisStore::connect(options).await.unwrap_err().kind(), StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_master_on_another_machine_is_not_spoken_to_in_clear_text() {
    // What a sentinel says of one that is there.
    const NAMED: &[u8] = b"*2\r\n$9\r\n192.0.2.1\r\n$4\r\n6379\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sentinel = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.readable().await.unwrap();
        stream.write_all(NAMED).await.unwrap();
        std::future::pending::<()>().await;
    });
    let options = RedisOptions::sentinel("redis://tokens", [sentinel.as_str()]).unwrap();
    let error = RedisStore::connect(options).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(error.source().unwrap().to_string().contains("allow_clear_text"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_a_cluster_is_replaced_and_what_was_acknowledged_stays() {
    let Some(mut nodes) = RedisServer::cluster_for_test(3, 1) else { return };
    let urls: Vec<_> = nodes.iter().map(RedisServer::url).collect();
    let options = RedisOptions::cluster(urls.iter().map(String::as_str)).unwrap();
    let load = Load::begin(options.replicas(1)).await;
    nodes[0].kill();
    while !ask(nodes[3].port(), "ROLE").unwrap().contains("master") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    nodes[0].start_again();
    load.goes_on().await;
    load.end().await;
}

#[tokio::test]
async fn without_its_replica_a_write_is_not_acknowledged() {
    let Some(master) = RedisServer::for_test(&[]) else { return };
    let options = RedisOptions::new(&master.url()).unwrap().replicas(1);
    let store = RedisStore::connect(options.timeout(Duration::from_secs(1))).await.unwrap();
    let now = store.load(&account(0)).await.unwrap().now;
    let error = store.swap(&account(0), None, &numbered(1, now)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    assert!(store.swap(&account(0), None, &numbered(2, now)).await.unwrap().is_none(), "it was refused");
    let _replica = master.replica();
    // It tells the master once a second how far it is.
    while let Err(error) = swap_again(&store).await {
        assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    }
}

async fn swap_again(store: &RedisStore) -> Result<Option<Version>, StoreError> {
    let loaded = store.load(&account(0)).await.unwrap();
    let (version, record) = loaded.held.unwrap();
    store.swap(&account(0), Some(version), &record).await
}
