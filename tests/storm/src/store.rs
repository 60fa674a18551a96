//! The store that all processes share, and how the driver harms it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tcb_api::auth::{StoreErrorKind, TokenStore};
use tcb_store_postgres::{PostgresOptions, PostgresStore};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::postgres::{self, PostgresServer};
use tcb_test_kit::redis::{RedisServer, ask};
use tokio::task::block_in_place;

use crate::scale::STORE_TIMEOUT;

/// How long it hangs. It is longer than a store may take.
const HANGS: Duration = Duration::from_secs(2);

/// Opens the store at `place`, as soon as it can be.
pub(crate) async fn open(place: &str) -> Arc<dyn TokenStore> {
    loop {
        if place.starts_with("redis://") {
            let options = RedisOptions::new(place).unwrap().timeout(STORE_TIMEOUT);
            if let Ok(store) = RedisStore::connect(options).await {
                return Arc::new(store);
            }
        } else if place.starts_with("postgres://") {
            // Each connection is a process there.
            let options = PostgresOptions::new(place).unwrap().timeout(2 * STORE_TIMEOUT).connections(3);
            if let Ok(store) = PostgresStore::connect(options).await {
                return Arc::new(store);
            }
        } else {
            match SqliteStore::open(place) {
                Ok(store) => return Arc::new(store),
                // Somebody may hold it locked.
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What holds the records.
pub(crate) enum Backing {
    Postgres(PostgresServer),
    Redis(RedisServer),
    /// The file. It is harmed through `SQLite` itself: a file that is put into the place of one in
    /// use may get its journal from the one before, which is damage and no loss.
    Sqlite(PathBuf),
}

impl Backing {
    /// Where workers find it when nothing is in between.
    pub(crate) fn place(&self) -> String {
        self.place_at(self.port().unwrap_or_default())
    }

    /// Where workers find it that use this port.
    pub(crate) fn place_at(&self, port: u16) -> String {
        match self {
            Self::Postgres(_) => postgres::url(port),
            Self::Redis(_) => format!("redis://127.0.0.1:{port}"),
            Self::Sqlite(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// The port of a server.
    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::Postgres(postgres) => Some(postgres.port()),
            Self::Redis(redis) => Some(redis.port()),
            Self::Sqlite(_) => None,
        }
    }

    /// Answers nobody for a while.
    pub(crate) async fn hang(&self) {
        match self {
            Self::Postgres(postgres) => {
                let hang =
                    format!("BEGIN; LOCK TABLE tcb_records; SELECT pg_sleep({}); COMMIT", HANGS.as_secs());
                block_in_place(|| postgres.tell(&hang));
            }
            Self::Redis(redis) => {
                redis.freeze();
                tokio::time::sleep(HANGS).await;
                redis.thaw();
            }
            Self::Sqlite(path) => {
                let connection = connect(path);
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                tokio::time::sleep(HANGS).await;
                connection.execute_batch("ROLLBACK").unwrap();
            }
        }
    }

    /// Remembers what it holds now.
    pub(crate) fn keep_a_copy(&self) {
        match self {
            Self::Postgres(postgres) => {
                postgres.tell("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS TABLE tcb_records");
            }
            // A file that is only ever appended to is whole at any length.
            Self::Redis(redis) => {
                let _ = fs::remove_dir_all(redis.folder().join("copy"));
                copy(&redis.folder().join("appendonlydir"), &redis.folder().join("copy"));
            }
            Self::Sqlite(path) => {
                let copy = path.with_extension("copy");
                let _ = fs::remove_file(&copy);
                connect(path).execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
            }
        }
    }

    /// Loses all that it holds.
    pub(crate) fn empty(&self) {
        match self {
            Self::Postgres(postgres) => drop(postgres.tell("TRUNCATE tcb_records")),
            Self::Redis(redis) => assert!(ask(redis.port(), "FLUSHALL").unwrap().contains("OK")),
            Self::Sqlite(path) => connect(path).execute_batch("DELETE FROM records").unwrap(),
        }
    }

    /// Loses all that is newer than the copy, as by a restart from a backup, or by a change to a
    /// replica that lags.
    pub(crate) fn fall_back(&mut self) {
        match self {
            Self::Postgres(postgres) => {
                postgres.kill();
                postgres.start_again();
                postgres.tell("TRUNCATE tcb_records; INSERT INTO tcb_records SELECT * FROM kept");
            }
            Self::Redis(redis) => {
                redis.kill();
                fs::remove_dir_all(redis.folder().join("appendonlydir")).unwrap();
                copy(&redis.folder().join("copy"), &redis.folder().join("appendonlydir"));
                redis.start_again();
            }
            Self::Sqlite(path) => {
                let connection = connect(path);
                connection.execute("ATTACH ?1 AS copy", [path.with_extension("copy").to_str()]).unwrap();
                let back = "BEGIN IMMEDIATE; DELETE FROM records; INSERT INTO records SELECT * FROM copy.records; COMMIT";
                connection.execute_batch(back).unwrap();
            }
        }
    }

    /// Has it run again, in whatever state a fault left it that was broken off.
    pub(crate) fn repair(&mut self) {
        if let Self::Redis(redis) = self {
            redis.thaw();
            if ask(redis.port(), "PING").is_err() {
                redis.start_again();
            }
        }
    }
}

fn connect(path: &Path) -> Connection {
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
