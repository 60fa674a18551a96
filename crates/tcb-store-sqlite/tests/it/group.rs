//! Swaps that wait at the same time share a transaction.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rusqlite::Connection;
use tcb_auth::store_conformance::numbered;
use tcb_auth::{StoreError, StoreErrorKind, StoreTime, TokenStore, Version};
use tcb_store_sqlite::SqliteStore;

use crate::{account, number};

type Swap = Pin<Box<dyn Future<Output = Result<Option<Version>, StoreError>> + Send>>;

/// A swap that creates the record of `app_id`.
fn swap(store: &SqliteStore, app_id: &str) -> Swap {
    let (store, key) = (store.clone(), account(app_id));
    Box::pin(async move { store.swap(&key, None, &numbered(1, StoreTime::default())).await })
}

/// The same, asked for while somebody else keeps it from being written.
fn asked(store: &SqliteStore, app_id: &str) -> Swap {
    let mut swap = swap(store, app_id);
    assert!(swap.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    swap
}

/// A connection that keeps everybody else from writing.
fn lock(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

/// Lets all three be asked for before any is written, where `rule` says what becomes of `wx_bad`.
async fn three_with(rule: &str) -> (SqliteStore, [Result<Option<Version>, StoreErrorKind>; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch(rule).unwrap();
    let other = lock(&path);
    let swaps = ["wx_one", "wx_bad", "wx_two"].map(|app_id| asked(&store, app_id));
    other.execute_batch("ROLLBACK").unwrap();
    let mut outcomes = Vec::new();
    for swap in swaps {
        outcomes.push(swap.await.map_err(|error| error.kind()));
    }
    // Only then: a store whose file is gone has nothing to show.
    let shown = [number(&store, &account("wx_one")).await, number(&store, &account("wx_two")).await];
    assert_eq!(shown.map(|number| number.is_some()), [0, 2].map(|of| outcomes[of].is_ok()));
    Connection::open(&path).unwrap().execute_batch("DROP TRIGGER rule").unwrap();
    swap(&store, "wx_bad").await.unwrap().expect("the store goes on");
    (store, outcomes.try_into().unwrap())
}

#[tokio::test]
async fn swaps_that_wait_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path).unwrap();
    let other = lock(&path);
    let swaps: Vec<_> = (0..256).map(|of| asked(&store, &format!("wx_{of}"))).collect();
    other.execute_batch("ROLLBACK").unwrap();
    for swap in swaps {
        swap.await.unwrap().unwrap();
    }
    assert_eq!(store.commits(), 1);
    for of in 0..256 {
        assert_eq!(number(&store, &account(&format!("wx_{of}"))).await, Some(1));
    }
}

#[tokio::test]
async fn of_those_who_swap_one_record_together_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path).unwrap();
    let other = lock(&path);
    let swaps: Vec<_> = (0..8).map(|_| asked(&store, "wx_shop")).collect();
    other.execute_batch("ROLLBACK").unwrap();
    let mut won = 0;
    for swap in swaps {
        won += u32::from(swap.await.unwrap().is_some());
    }
    assert_eq!((won, store.commits()), (1, 1));
    swap(&store, "wx_shop").await.unwrap().ok_or(()).unwrap_err();
    assert_eq!(store.commits(), 1, "who changes nothing does not wait for the disk");
}

#[tokio::test]
async fn a_swap_that_fails_leaves_the_others_alone() {
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON records WHEN NEW.name = 'wx_bad'
                BEGIN SELECT RAISE(ABORT, 'no'); END";
    let (store, outcomes) = three_with(rule).await;
    let [Ok(Some(_)), Err(StoreErrorKind::Unavailable), Ok(Some(_))] = outcomes else {
        panic!("{outcomes:?}")
    };
    assert_eq!(store.commits(), 2);
}

#[tokio::test]
async fn a_commit_that_fails_leaves_all_unknown() {
    let rule = "CREATE TABLE allowed (name TEXT PRIMARY KEY);
                CREATE TABLE named (name TEXT REFERENCES allowed DEFERRABLE INITIALLY DEFERRED);
                CREATE TRIGGER rule AFTER INSERT ON records WHEN NEW.name = 'wx_bad'
                BEGIN INSERT INTO named VALUES (NEW.name); END";
    let (store, outcomes) = three_with(rule).await;
    assert_eq!(outcomes, [Err(StoreErrorKind::Unavailable); 3]);
    assert_eq!(store.commits(), 1);
}

#[tokio::test]
async fn a_transaction_that_is_taken_back_leaves_all_unknown() {
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON records WHEN NEW.name = 'wx_bad'
                BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
    let (store, outcomes) = three_with(rule).await;
    assert_eq!(outcomes, [Err(StoreErrorKind::Unavailable); 3]);
    assert_eq!(store.commits(), 1);
}

#[tokio::test]
async fn what_was_asked_for_is_written_when_nobody_waits_for_it_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path).unwrap();
    let other = lock(&path);
    drop(asked(&store, "wx_shop"));
    drop(store);
    other.execute_batch("ROLLBACK").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    while number(&store, &account("wx_shop")).await != Some(1) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_runtime_that_has_ended_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime().handle().clone();
    let key = account("wx_shop");
    let record = numbered(1, StoreTime::default());
    {
        let _inside = ended.enter();
        let mut swap = store.swap(&key, None, &record);
        let Poll::Ready(outcome) = swap.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for a runtime that has ended")
        };
        assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }
    assert!(runtime().block_on(store.swap(&key, None, &record)).unwrap().is_some());
}

#[tokio::test]
async fn who_hears_the_last_answer_and_drops_the_store_has_closed_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    for of in 0..50 {
        let store = SqliteStore::open(&path).unwrap();
        store
            .swap(&account(&format!("wx_{of}")), None, &numbered(1, StoreTime::default()))
            .await
            .unwrap()
            .unwrap();
        drop(store);
        assert!(!folder.path().join("tokens.db-wal").exists(), "SQLite removes it with the last connection");
    }
}
