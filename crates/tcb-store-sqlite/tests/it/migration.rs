use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tcb_auth::store_conformance::numbered;
use tcb_auth::{CodeDigest, Encoded, StoreTime, Subject, TokenKey, TokenStore as _};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::HandClock;

use crate::child::{self, Child};
use crate::{account, count, number, of_first_format};

async fn assert_read(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    let (version, left) = store.load(&account("wx_left")).await.unwrap().held.unwrap();
    assert_eq!(version.to_u64().cast_signed(), -2_357_653_292_618_212_801);
    assert!(left.lasting.expose().contains("Revoked") && left.access.is_none() && left.ends_at.is_none());
    let (version, shop) = store.load(&account("wx_shop")).await.unwrap().held.unwrap();
    assert!(shop.lasting.expose().contains(r#""current":"refresh-2","previous":"refresh-1""#));
    let (access, ends) = shop.access.as_ref().unwrap();
    assert!(access.expose().contains("access-2") && ends.as_millis() == 4_102_444_800_000);
    assert!(shop.ends_at.is_none());
    let accounts = ["wx_code", "wx_hung", "wx_left", "wx_pending", "wx_shop"];
    assert_eq!(store.authorizers(&"wx_platform".into(), None, 9).await.unwrap(), accounts);
    assert!(store.swap(&account("wx_shop"), Some(version), &shop).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_of_the_first_version_is_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    assert_read(&of_first_format(&folder)).await;
}

#[tokio::test]
async fn processes_that_find_a_file_of_the_first_version_together_lose_nothing() {
    if let Some(path) = child::database() {
        count(&SqliteStore::open(path).unwrap(), &account("wx_new")).await;
        return child::say("done");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = of_first_format(&folder);
    let test = "migration::processes_that_find_a_file_of_the_first_version_together_lose_nothing";
    let mut children: Vec<_> = (0..4).map(|_| Child::run(test, &path)).collect();
    for child in &mut children {
        assert_eq!(child.hear().as_deref(), Some("done"));
    }
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(number(&store, &account("wx_new")).await, Some(4));
    assert!(store.load(&account("wx_shop")).await.unwrap().held.is_some());
}

#[tokio::test]
async fn records_that_have_ended_leave_the_file_with_the_next_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let clock = HandClock::at(1_000);
    let store = SqliteStore::open(&path).unwrap().clock(clock.clone());
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
    clock.passes(Duration::from_millis(500));
    assert_eq!(rows(), 20);
    for left in [12, 4, 0] {
        count(&store, &account("wx_shop")).await;
        assert_eq!(rows(), left + 1);
    }
}
