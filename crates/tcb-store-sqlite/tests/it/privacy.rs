use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use tcb_auth::StoreErrorKind;
use tcb_store_sqlite::SqliteStore;

use crate::child::{self, Child};
use crate::{account, count, text_of};

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Why the file is refused.
fn refused(path: &Path) -> String {
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{}", text_of(&error));
    text_of(&error)
}

#[tokio::test]
async fn files_are_for_their_owner_only_even_without_a_umask() {
    if let Some(path) = child::database() {
        let store = SqliteStore::open(path).unwrap();
        count(&store, &account("wx_merchant")).await;
        child::say("written");
        // Its files are there as long as it lives.
        return std::future::pending().await;
    }
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o755);
    let path = folder.path().join("tokens.db");
    let test = "privacy::files_are_for_their_owner_only_even_without_a_umask";
    let mut child = Child::run_without_umask(test, &path);
    assert_eq!(child.hear().as_deref(), Some("written"));
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(&path, suffix)), 0o600, "tokens.db{suffix}");
    }
    assert_eq!(mode(folder.path()), 0o755, "the folder is the operator's");
}

#[tokio::test]
async fn a_file_that_others_can_open_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    for wrong in [0o640, 0o604, 0o620, 0o601, 0o666] {
        set_mode(&path, wrong);
        assert!(refused(&path).contains("open to other users"));
        assert_eq!(mode(&path), wrong, "it is the operator who has to decide");
    }
    set_mode(&path, 0o600);
    count(&SqliteStore::open(&path).unwrap(), &account("wx_merchant")).await;
}

#[test]
fn companions_that_others_can_open_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    for suffix in ["-wal", "-shm", "-journal"] {
        let companion = beside(&path, suffix);
        fs::write(&companion, "").unwrap();
        set_mode(&companion, 0o644);
        assert!(refused(&path).contains(suffix));
        fs::remove_file(companion).unwrap();
    }
}

#[test]
fn a_link_in_place_of_the_file_is_refused_and_one_on_the_way_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    fs::create_dir(&real).unwrap();
    drop(SqliteStore::open(real.join("tokens.db")).unwrap());

    let link = folder.path().join("tokens.db");
    symlink(real.join("tokens.db"), &link).unwrap();
    assert!(refused(&link).contains("symbolic link"));
    let dangling = folder.path().join("dangling.db");
    symlink(folder.path().join("nowhere.db"), &dangling).unwrap();
    assert!(refused(&dangling).contains("symbolic link"));
    assert!(!folder.path().join("nowhere.db").exists());

    symlink(&real, folder.path().join("folder")).unwrap();
    SqliteStore::open(folder.path().join("folder/tokens.db")).unwrap();
}

#[test]
fn the_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    drop(SqliteStore::open(&path).unwrap());
    // Only root can give a file away; everybody else finds one of root's.
    let theirs = if chown(&path, Some(12345), None).is_ok() { &path } else { Path::new("/etc/passwd") };
    assert!(refused(theirs).contains("belongs to user"));
}

#[test]
fn debug_shows_where_and_not_what() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("tokens.db");
    let shown = format!("{:?}", SqliteStore::open(&path).unwrap());
    assert_eq!(shown, format!("SqliteStore {{ path: {path:?}, .. }}"));
}
