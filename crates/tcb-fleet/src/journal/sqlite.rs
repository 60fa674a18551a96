//! One file. One thread has its connection, and takes all that waits into one transaction.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use tcb_api::async_trait;
use tokio::sync::oneshot;

use super::{Body, Entry, Journal, JournalError, Swap, Table, Version};

/// "tcbf": the file is a journal of a fleet.
const APPLICATION_ID: i64 = 0x7463_6266;
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE records (
        kind INTEGER NOT NULL,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) STRICT;
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        merchant TEXT NOT NULL,
        generation TEXT NOT NULL,
        event TEXT NOT NULL,
        what TEXT NOT NULL,
        rid TEXT
    ) STRICT;
    CREATE INDEX entries_of_merchants ON entries (merchant, id)";

/// How long one waits for other processes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that one transaction takes.
const LIMIT: usize = 256;

/// A journal in one `SQLite` file, for the processes of one machine. Cheap to clone.
#[derive(Clone)]
pub struct SqliteJournal {
    path: Arc<PathBuf>,
    jobs: Sender<(Job, Fail)>,
}

/// Works within a transaction.
type Job = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Answer> + Send>;

/// Hands out what a job brought, once it is durable.
type Answer = Box<dyn FnOnce() + Send>;

/// Hears of a transaction that failed.
type Fail = oneshot::Sender<Arc<rusqlite::Error>>;

impl SqliteJournal {
    /// Opens the file, or creates it; its folder has to exist. It blocks for a few writes to the
    /// disk. The thread that writes ends with the last clone.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or created, or belongs to another program or a later version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref();
        let connection = open(path)?;
        let (jobs, waiting) = channel();
        std::thread::Builder::new()
            .name("tcb-fleet-journal".to_owned())
            .spawn(move || serve(connection, &waiting))
            .map_err(JournalError::new)?;
        Ok(Self { path: Arc::new(path.to_owned()), jobs })
    }

    /// Does `work` on the thread of the connection. It is done to its end even if the caller does
    /// not wait for it.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let done = work(connection)?;
            // Nobody may be left to hear it.
            Ok(Box::new(move || drop(tell.send(done))))
        });
        let (fail, failed) = oneshot::channel();
        let ended = || JournalError::new("its thread has ended");
        self.jobs.send((job, fail)).map_err(|_| ended())?;
        match told.await {
            Ok(done) => Ok(done),
            Err(_) => Err(failed.await.map_or_else(|_| ended(), JournalError::new)),
        }
    }
}

fn open(path: &Path) -> Result<Connection, JournalError> {
    let mut connection = Connection::open(path).map_err(JournalError::new)?;
    set_up(&mut connection).map_err(JournalError::new)?;
    let stamp: (i64, i64) = stamp(&connection).map_err(JournalError::new)?;
    if stamp == (APPLICATION_ID, SCHEMA_VERSION) {
        return Ok(connection);
    }
    let what = format!("{} is not a journal that this version knows", path.display());
    Err(JournalError::new(what))
}

/// Puts the tables into an empty file.
fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // An acknowledged write outlives a loss of power, on Apple's systems too.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_empty: bool =
        transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    if is_empty && stamp(&transaction)? == (0, 0) {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    transaction.commit()
}

fn stamp(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let read = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
    Ok((read("application_id")?, read("user_version")?))
}

/// Takes jobs until nobody is left who could bring one.
fn serve(mut connection: Connection, waiting: &Receiver<(Job, Fail)>) {
    while let Ok(first) = waiting.recv() {
        let jobs = std::iter::once(first).chain(waiting.try_iter().take(LIMIT));
        let (jobs, fails): (Vec<Job>, Vec<Fail>) = jobs.unzip();
        match together(&mut connection, jobs) {
            Ok(answers) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => {
                let error = Arc::new(error);
                for fail in fails {
                    drop(fail.send(Arc::clone(&error)));
                }
            }
        }
    }
}

/// One transaction for all, so that they wait for the disk together. Where one fails, none is kept.
fn together(connection: &mut Connection, jobs: Vec<Job>) -> rusqlite::Result<Vec<Answer>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answers = jobs.into_iter().map(|job| job(&transaction)).collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(answers)
}

fn record(row: &Row<'_>) -> rusqlite::Result<(Version, Body)> {
    let body: Vec<u8> = row.get(1)?;
    Ok((Version(row.get::<_, i64>(0)?.unsigned_abs()), body.into()))
}

fn swap(connection: &Connection, swap: &Swap) -> rusqlite::Result<Option<Version>> {
    let (kind, body) = (swap.table.number(), &*swap.body);
    let changed = match swap.expected {
        None => connection
            .prepare(
                "INSERT INTO records (kind, key, version, body) VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![kind, swap.key, body])?,
        Some(version) => connection
            .prepare(
                "UPDATE records SET version = version + 1, body = ?3
                 WHERE kind = ?1 AND key = ?2 AND version = ?4",
            )?
            .execute(params![kind, swap.key, body, version.0.cast_signed()])?,
    };
    if changed == 0 {
        return Ok(None);
    }
    for entry in &swap.entries {
        let Entry { at, merchant, generation, event, what, rid } = entry;
        connection
            .prepare(
                "INSERT INTO entries (at, merchant, generation, event, what, rid)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![at.cast_signed(), merchant, generation, event, what, rid])?;
    }
    Ok(Some(Version(swap.expected.map_or(0, |version| version.0).saturating_add(1))))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        at: row.get::<_, i64>(0)?.unsigned_abs(),
        merchant: row.get(1)?,
        generation: row.get(2)?,
        event: row.get(3)?,
        what: row.get(4)?,
        rid: row.get(5)?,
    })
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        let key = key.to_owned();
        self.ask(move |connection| {
            let mut query =
                connection.prepare("SELECT version, body FROM records WHERE kind = ?1 AND key = ?2")?;
            query.query_row(params![table.number(), key], record).optional()
        })
        .await
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        self.ask(move |connection| {
            let mut query = connection.prepare("SELECT version, body, key FROM records WHERE kind = ?1")?;
            let rows = query.query_map([table.number()], |row| {
                let (version, body) = record(row)?;
                Ok((row.get(2)?, version, body))
            })?;
            rows.collect()
        })
        .await
    }

    async fn swap(&self, wanted: Swap) -> Result<Option<Version>, JournalError> {
        self.ask(move |connection| swap(connection, &wanted)).await
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let merchant = merchant.map(ToOwned::to_owned);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut last: Vec<Entry> = self
            .ask(move |connection| {
                let mut query = connection.prepare(
                    "SELECT at, merchant, generation, event, what, rid FROM entries
                     WHERE ?1 IS NULL OR merchant = ?1 ORDER BY id DESC LIMIT ?2",
                )?;
                query.query_map(params![merchant, limit], entry)?.collect()
            })
            .await?;
        last.reverse();
        Ok(last)
    }
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.path).finish_non_exhaustive()
    }
}
