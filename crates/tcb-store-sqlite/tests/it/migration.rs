use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;
use tcb_auth::store_conformance::numbered;
use tcb_auth::{CodeDigest, Encoded, StoreTime, Subject, TokenKey, TokenStore};
use tcb_store_sqlite::SqliteStore;
use tcb_types::{Clock, SystemClock};

use crate::child::{self, Child};
use crate::{account, count, number};

/// What the first release wrote.
const VERSION_1: &str = include_str!("version-1.sql");

fn of_version_1(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE records; DROP TABLE IF EXISTS clock; VACUUM").unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    path
}

async fn assert_read(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    let platform = store.load(&TokenKey::new("wx_platform", Subject::Platform)).await.unwrap();
    let (_, platform) = platform.held.unwrap();
    assert_eq!(platform.lasting.expose(), r#"{"generation":7}"#);
    assert!(platform.access.is_none() && platform.ends_at.is_none());
    let (version, shop) = store.load(&account("wx_shop")).await.unwrap().held.unwrap();
    assert_eq!(version.to_u64(), u64::MAX - 4);
    let access = Some((r#"{"token":"t"}"#.into(), StoreTime::from_millis(1_767_225_600_000)));
    assert!(shop == Encoded { lasting: r#"{"generation":3}"#.into(), access, ends_at: None });
    assert_eq!(store.authorizers(&"wx_platform".into(), None, 9).await.unwrap(), ["wx_shop"]);
    assert!(store.swap(&account("wx_shop"), Some(version), &shop).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_of_the_first_version_is_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    assert_read(&of_version_1(&folder)).await;
}

#[tokio::test]
async fn processes_that_find_a_file_of_the_first_version_together_lose_nothing() {
    if let Some(path) = child::database() {
        count(&SqliteStore::open(path).unwrap(), &account("wx_new")).await;
        return child::say("done");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = of_version_1(&folder);
    let test = "migration::processes_that_find_a_file_of_the_first_version_together_lose_nothing";
    let mut children: Vec<_> = (0..4).map(|_| Child::run(test, &path)).collect();
    for child in &mut children {
        assert_eq!(child.hear().as_deref(), Some("done"));
    }
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(number(&store, &account("wx_new")).await, Some(4));
    assert!(store.load(&account("wx_shop")).await.unwrap().held.is_some());
}

/// A clock that shows so many milliseconds.
#[derive(Debug)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}

#[tokio::test]
async fn records_that_have_ended_leave_the_file_with_the_next_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let clock = Arc::new(Hand(AtomicU64::new(1_000_000)));
    let store = SqliteStore::open(&path).unwrap().clock(Arc::clone(&clock));
    let rows = || {
        let connection = Connection::open(&path).unwrap();
        connection.query_row("SELECT count(*) FROM records", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    let soon = StoreTime::from_millis(1_000_500);
    for code in 0..20 {
        let digest = CodeDigest::of(&format!("code-{code}").into());
        let key = TokenKey::new("wx_platform", Subject::Code(digest));
        let record = Encoded { ends_at: Some(soon), ..numbered(code, soon) };
        store.swap(&key, None, &record).await.unwrap().unwrap();
    }
    clock.0.store(1_000_500, Ordering::Relaxed);
    assert_eq!(rows(), 20);
    for left in [12, 4, 0] {
        count(&store, &account("wx_shop")).await;
        assert_eq!(rows(), left + 1);
    }
}
