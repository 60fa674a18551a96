use std::fs;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use tcb_auth::store_conformance::numbered;
use tcb_auth::{StoreErrorKind, StoreTime, TokenStore};
use tcb_store_sqlite::SqliteStore;

use crate::{account, count, number, text_of};

fn refused(path: &Path) -> StoreErrorKind {
    SqliteStore::open(path).unwrap_err().kind()
}

/// A file for us only with this in it.
fn file(folder: &tempfile::TempDir, content: &[u8]) -> PathBuf {
    let path = folder.path().join("tokens.db");
    fs::write(&path, content).unwrap();
    only_for_us(&path);
    path
}

#[cfg(unix)]
fn only_for_us(path: &Path) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn only_for_us(_path: &Path) {}

/// A store with one record, which is closed again.
async fn closed(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("tokens.db");
    count(&SqliteStore::open(&path).unwrap(), &account("wx_merchant")).await;
    path
}

#[test]
fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refused(&file(&folder, &b"canary ".repeat(1000))), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_damaged_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(&folder).await;
    let mut content = fs::read(&path).unwrap();
    content[4096..].fill(0x5a);
    let path = file(&folder, &content);
    let error = match SqliteStore::open(&path) {
        Ok(store) => store.load(&account("wx_merchant")).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_corrupt_and_stay_out_of_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(&folder).await;
    for column in ["lasting", "access"] {
        let connection = Connection::open(&path).unwrap();
        let damage = format!("UPDATE records SET {column} = CAST(x'63616e617279ff' AS TEXT)");
        connection.execute(&damage, []).unwrap();
        let error = SqliteStore::open(&path).unwrap().load(&account("wx_merchant")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!text_of(&error).contains("canary"), "{}", text_of(&error));
    }
}

#[tokio::test]
async fn one_bad_record_is_not_the_end_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(&folder).await;
    Connection::open(&path).unwrap().execute("UPDATE records SET lasting = CAST(x'ff' AS TEXT)", []).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    store.load(&account("wx_merchant")).await.unwrap_err();
    count(&store, &account("wx_other")).await;
    assert_eq!(number(&store, &account("wx_other")).await, Some(1));
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, b"");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (it TEXT)").unwrap();
    assert_eq!(refused(&path), StoreErrorKind::Misconfigured);
    let tables = "SELECT group_concat(name) FROM sqlite_schema";
    let tables: String = Connection::open(&path).unwrap().query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(tables, "theirs");
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(&folder).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 3).unwrap();
    assert_eq!(refused(&path), StoreErrorKind::Misconfigured);
}

#[test]
fn a_path_that_cannot_be_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, b"");
    for path in
        [folder.path().join("missing/tokens.db"), folder.path().to_owned(), path.join("tokens.db"), "".into()]
    {
        assert_eq!(refused(&path), StoreErrorKind::Misconfigured, "{}", path.display());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    // Nobody can write there, root neither.
    assert_eq!(refused(Path::new("/proc/tokens.db")), StoreErrorKind::Misconfigured);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_deleted_or_replaced_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(&folder).await;
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(number(&store, &account("wx_merchant")).await, Some(1));

    let backup = folder.path().join("backup.db");
    for suffix in ["", "-wal", "-shm"] {
        let of = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        fs::rename(of(&path), of(&backup)).unwrap();
    }
    assert_eq!(store.load(&account("wx_merchant")).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let error = store.swap(&account("wx_new"), None, &numbered(1, StoreTime::default())).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "a write into a deleted file would be lost");

    let restored = SqliteStore::open(&path).unwrap();
    count(&restored, &account("wx_new")).await;
    assert_eq!(
        number(&store, &account("wx_new")).await,
        Some(1),
        "the store goes on with the file that is there"
    );
    assert_eq!(number(&store, &account("wx_merchant")).await, None);
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
    let key = account("wx_merchant");
    let Poll::Ready(outcome) = store.load(&key).as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits for a runtime that is not there")
    };
    assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::Misconfigured);
}
