use std::path::Path;

use tcb_auth::store_conformance::numbered;
use tcb_auth::{StoreErrorKind, StoreTime, TokenStore};
use tcb_store_sqlite::SqliteStore;

use crate::child::{self, Child};
use crate::{account, count, number};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_of_one_process_lose_no_update() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let stores = [SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap()];
    let tasks = stores.clone().into_iter().flat_map(|store| {
        (0..4).map(move |_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    count(&store, &account("wx_merchant")).await;
                }
            })
        })
    });
    // Opening and closing a third one must not take the locks of the others away.
    for task in tasks.collect::<Vec<_>>() {
        drop(SqliteStore::open(&path).unwrap());
        task.await.unwrap();
    }
    for store in &stores {
        assert_eq!(number(store, &account("wx_merchant")).await, Some(80));
    }
}

#[tokio::test]
async fn processes_lose_no_update() {
    const EACH: u64 = 100;
    if let Some(path) = child::database() {
        let store = SqliteStore::open(path).unwrap();
        for _ in 0..EACH {
            count(&store, &account("wx_merchant")).await;
        }
        return child::say("done");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    // All find an empty folder, so they make the file and the table together, too.
    let start = |_| Child::run("sharing::processes_lose_no_update", &path);
    let mut children: Vec<_> = (0..4).map(start).collect();
    for child in &mut children {
        assert_eq!(child.hear().as_deref(), Some("done"));
        assert!(child.wait().success());
    }
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(number(&store, &account("wx_merchant")).await, Some(4 * EACH));
}

/// As a process does that is stopped in the middle of a write.
#[tokio::test]
async fn a_lock_that_is_not_given_back_makes_writes_fail_and_leaves_reads_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path).unwrap();
    count(&store, &account("wx_merchant")).await;

    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.swap(&account("wx_new"), None, &numbered(1, StoreTime::default())).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
    assert_eq!(number(&store, &account("wx_merchant")).await, Some(1));

    other.execute_batch("ROLLBACK").unwrap();
    count(&store, &account("wx_merchant")).await;
    assert_eq!(number(&store, &account("wx_merchant")).await, Some(2));
}

#[tokio::test]
async fn a_record_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    count(&SqliteStore::open(&path).unwrap(), &account("wx_merchant")).await;
    let again = SqliteStore::open(&path).unwrap();
    assert_eq!(number(&again, &account("wx_merchant")).await, Some(1));
}

#[test]
fn a_store_outlives_the_runtime_it_was_used_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
    for expected in 1..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(count(&store, &account("wx_merchant")));
        assert_eq!(runtime.block_on(number(&store, &account("wx_merchant"))), Some(expected));
    }
}

#[tokio::test]
async fn the_path_is_that_of_the_moment_of_opening() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a/../tokens.db"));
    assert!(store.is_err(), "a folder on the way is missing");
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let store = SqliteStore::open(folder.path().join("a/../tokens.db")).unwrap();
    std::fs::remove_dir(folder.path().join("a")).unwrap();
    count(&store, &account("wx_merchant")).await;
    assert!(Path::exists(&folder.path().join("tokens.db")));
}
