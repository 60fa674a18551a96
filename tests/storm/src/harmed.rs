//! The store that things happen to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use tcb_test_kit::redis::{RedisServer, ask};

use crate::chaos::Faults;
use crate::outage::Why;

/// How long it hangs. It is longer than a store may take.
const HANGS: Duration = Duration::from_secs(2);

/// The one store, with the means to harm it.
pub(crate) enum Harmed {
    Redis(RedisServer),
    /// The file. It is harmed through `SQLite` itself: a file that is put into the place of one in use may get its journal from the one
    /// before, which is damage and no loss.
    Sqlite(PathBuf),
}

impl Harmed {
    /// Where workers find it when nothing is in between.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Redis(redis) => redis.url(),
            Self::Sqlite(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Answers nobody for a while.
    pub(crate) async fn hang(&self, faults: &Faults) {
        faults.outages.begin(None, Why::StoreDown);
        faults.count("store hung", ());
        match self {
            Self::Redis(redis) => {
                redis.freeze();
                tokio::time::sleep(HANGS).await;
                redis.thaw();
            }
            Self::Sqlite(path) => {
                let connection = open(path);
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                tokio::time::sleep(HANGS).await;
                connection.execute_batch("ROLLBACK").unwrap();
            }
        }
        faults.outages.end();
        faults.tell("store goes on", ());
    }

    /// Remembers what it holds now.
    pub(crate) fn keep_a_copy(&self) {
        match self {
            // A file that is only ever appended to is whole at any length.
            Self::Redis(redis) => {
                let _ = fs::remove_dir_all(redis.folder().join("copy"));
                copy(&redis.folder().join("appendonlydir"), &redis.folder().join("copy"));
            }
            Self::Sqlite(path) => {
                let copy = path.with_extension("copy");
                let _ = fs::remove_file(&copy);
                open(path).execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
            }
        }
    }

    /// Loses all that it holds.
    pub(crate) fn empty(&self) {
        match self {
            Self::Redis(redis) => assert!(ask(redis.port(), "FLUSHALL").unwrap().contains("OK")),
            Self::Sqlite(path) => open(path).execute_batch("DELETE FROM records").unwrap(),
        }
    }

    /// Loses all that is newer than the copy, as by a restart from a backup, or by a change to a replica that lags.
    pub(crate) fn fall_back(&mut self) {
        match self {
            Self::Redis(redis) => {
                redis.kill();
                fs::remove_dir_all(redis.folder().join("appendonlydir")).unwrap();
                copy(&redis.folder().join("copy"), &redis.folder().join("appendonlydir"));
                redis.start_again();
            }
            Self::Sqlite(path) => {
                let connection = open(path);
                connection.execute("ATTACH ?1 AS copy", [path.with_extension("copy").to_str()]).unwrap();
                let back = "BEGIN IMMEDIATE; DELETE FROM records; INSERT INTO records SELECT * FROM copy.records; COMMIT";
                connection.execute_batch(back).unwrap();
            }
        }
    }
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(30)).unwrap();
    connection
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
