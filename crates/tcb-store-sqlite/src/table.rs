//! The one table, and what is said to `SQLite` about it.

use std::time::Duration;

use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Row, Statement, Transaction, TransactionBehavior,
    named_params,
};
use tcb_auth::{Encoded, StoreError, StoreTime, Subject, TokenKey, Version};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::error::{is_busy, misconfigured, of_column, of_sqlite};
use crate::file::DatabaseFile;
use crate::time;

/// "tcbt": the file is a token store.
const APPLICATION_ID: i64 = 0x7463_6274;
const SCHEMA_VERSION: i64 = 2;

/// The first schema. Its steps to today's follow in [`MIGRATIONS`].
const SCHEMA: &str = "
    CREATE TABLE records (
        component TEXT NOT NULL,
        is_platform INTEGER NOT NULL,
        authorizer TEXT NOT NULL,
        version INTEGER NOT NULL,
        lasting TEXT NOT NULL,
        access TEXT,
        access_expires_at INTEGER,
        PRIMARY KEY (component, is_platform, authorizer)
    ) STRICT";

/// Each makes a file of the version before it one of the next.
///
/// 2: Whose record it is gets a column of its own, since no text of `name` could be kept free for
/// the platform or for codes; records may end; the time of the file does not follow a wall clock.
const MIGRATIONS: [&str; 1] = ["
    ALTER TABLE records RENAME COLUMN is_platform TO kind;
    ALTER TABLE records RENAME COLUMN authorizer TO name;
    ALTER TABLE records ADD COLUMN ends_at INTEGER;
    CREATE INDEX records_that_end ON records (ends_at) WHERE ends_at IS NOT NULL;
    CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        start TEXT NOT NULL,
        offset INTEGER NOT NULL,
        seen INTEGER NOT NULL
    ) STRICT"];

/// How long a connection waits for others, of this process or another one.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// Opens the file and puts the table into it if it is empty.
pub(crate) fn open(file: &DatabaseFile) -> Result<Connection, StoreError> {
    file.check()?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(file.path(), flags).map_err(of_sqlite)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(of_sqlite)? {
        return Err(misconfigured(format!("{} cannot be written", file.path().display())));
    }
    // SQLite's own timeout sleeps longer and longer, up to a tenth of a second, while others slip
    // in.
    connection.busy_handler(Some(wait_for_others)).map_err(of_sqlite)?;
    // The change to WAL does not wait for others by itself.
    let mut pauses = 0;
    let mode = loop {
        match set_up(&connection) {
            Err(error) if is_busy(&error) && wait_for_others(pauses) => pauses += 1,
            done => break done.map_err(of_sqlite)?,
        }
    };
    if mode != "wal" {
        return Err(misconfigured(format!("the file system of {} cannot do WAL", file.path().display())));
    }
    migrate(&mut connection, file)?;
    Ok(connection)
}

/// Whether it is worth to try again, after so many pauses and one more.
fn wait_for_others(pauses: i32) -> bool {
    std::thread::sleep(PAUSE);
    PAUSE.saturating_mul(pauses.unsigned_abs()) < PATIENCE
}

/// Returns the journal mode.
fn set_up(connection: &Connection) -> rusqlite::Result<String> {
    // An acknowledged write outlives a loss of power, on Apple's systems too.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
}

fn migrate(connection: &mut Connection, file: &DatabaseFile) -> Result<(), StoreError> {
    if stamp(connection)? == (APPLICATION_ID, SCHEMA_VERSION) {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    // Another process may have been faster.
    let found = match stamp(&transaction)? {
        (0, 0) if is_empty(&transaction)? => {
            transaction.execute_batch(SCHEMA).map_err(of_sqlite)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(of_sqlite)?;
            1
        }
        (APPLICATION_ID, version @ 1..=SCHEMA_VERSION) => version,
        (APPLICATION_ID, version) => {
            return Err(misconfigured(format!(
                "{} is of version {version}, and this program knows {SCHEMA_VERSION}",
                file.path().display()
            )));
        }
        _ => return Err(misconfigured(format!("{} is another program's", file.path().display()))),
    };
    for (step, version) in MIGRATIONS.iter().zip(2..) {
        if found < version {
            transaction.execute_batch(step).map_err(of_sqlite)?;
        }
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(of_sqlite)?;
    transaction.commit().map_err(of_sqlite)
}

fn stamp(connection: &Connection) -> Result<(i64, i64), StoreError> {
    let read = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(of_sqlite);
    Ok((read("application_id")?, read("user_version")?))
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let query = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    connection.query_row(query, [], |row| row.get(0)).map_err(of_sqlite)
}

/// The columns that a key is made of.
struct Key<'a> {
    component: &'a str,
    kind: i64,
    name: &'a str,
}

const ACCOUNT: i64 = 0;
const PLATFORM: i64 = 1;
const CODE: i64 = 2;

impl<'a> From<&'a TokenKey> for Key<'a> {
    fn from(key: &'a TokenKey) -> Self {
        let (kind, name) = match key.subject() {
            Subject::Authorizer(app_id) => (ACCOUNT, app_id.as_str()),
            Subject::Platform => (PLATFORM, ""),
            Subject::Code(digest) => (CODE, digest.as_str()),
        };
        Self { component: key.component().as_str(), kind, name }
    }
}

pub(crate) fn load(
    connection: &Connection,
    key: &TokenKey,
    now: StoreTime,
) -> Result<Option<(Version, Encoded)>, StoreError> {
    let key = Key::from(key);
    let mut statement = connection
        .prepare(
            "SELECT version, lasting, access, access_expires_at, ends_at FROM records
             WHERE component = :component AND kind = :kind AND name = :name
                 AND (ends_at IS NULL OR ends_at > :now)",
        )
        .map_err(of_sqlite)?;
    let mut rows = statement
        .query(named_params! {
            ":component": key.component,
            ":kind": key.kind,
            ":name": key.name,
            ":now": number(now),
        })
        .map_err(of_sqlite)?;
    rows.next().map_err(of_sqlite)?.map(held).transpose()
}

fn held(row: &Row<'_>) -> Result<(Version, Encoded), StoreError> {
    let column = |index| row.get_ref(index).map_err(of_sqlite);
    let time = |index| column(index)?.as_i64_or_null().map_err(of_column).map(|number| number.map(time));
    let version = column(0)?.as_i64().map_err(of_column)?;
    let lasting = column(1)?.as_str().map_err(of_column)?.into();
    let access = column(2)?.as_str_or_null().map_err(of_column)?.map(Into::into);
    let record = Encoded { lasting, access: access.zip(time(3)?), ends_at: time(4)? };
    Ok((Version::from_u64(version.cast_unsigned()), record))
}

fn number(time: StoreTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn time(number: i64) -> StoreTime {
    StoreTime::from_millis(u64::try_from(number).unwrap_or_default())
}

/// Begins a transaction that may write: others who want to wait until it has ended.
pub(crate) fn begin(connection: &Connection) -> Result<Transaction<'_>, StoreError> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(of_sqlite)
}

/// The statements of transactions that write, prepared once for all of them.
pub(crate) struct Statements<'a> {
    version: Statement<'a>,
    write: Statement<'a>,
    purge: Statement<'a>,
    note: Statement<'a>,
    /// How many records were written since the last time that it was tidied up.
    written: i64,
}

impl<'a> Statements<'a> {
    pub(crate) fn prepare(connection: &'a Connection) -> Result<Self, StoreError> {
        let prepare = |text| connection.prepare(text).map_err(of_sqlite);
        let version = prepare(
            "SELECT version FROM records
             WHERE component = :component AND kind = :kind AND name = :name AND (ends_at IS NULL OR ends_at > :now)",
        )?;
        let write = prepare(
            "INSERT INTO records (component, kind, name, version, lasting, access, access_expires_at, ends_at)
             VALUES (:component, :kind, :name, :version, :lasting, :access, :access_expires_at, :ends_at)
             ON CONFLICT DO UPDATE SET version = excluded.version, lasting = excluded.lasting,
                 access = excluded.access, access_expires_at = excluded.access_expires_at, ends_at = excluded.ends_at",
        )?;
        let purge = prepare(
            "DELETE FROM records WHERE rowid IN
                 (SELECT rowid FROM records WHERE ends_at <= :now ORDER BY ends_at LIMIT :limit)",
        )?;
        Ok(Self { version, write, purge, note: prepare(time::NOTE)?, written: 0 })
    }

    /// Compares and writes, inside of a transaction. It writes by one statement, which is done or
    /// not, so that the transaction can go on when it failed.
    pub(crate) fn swap(
        &mut self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
        now: StoreTime,
    ) -> Result<Option<Version>, StoreError> {
        let key = Key::from(key);
        if self.version_of(&key, now).map_err(of_sqlite)? != expected {
            return Ok(None);
        }
        let version = Version::random();
        self.write(&key, version, record).map_err(of_sqlite)?;
        self.written = self.written.saturating_add(1);
        Ok(Some(version))
    }

    fn version_of(&mut self, key: &Key<'_>, now: StoreTime) -> rusqlite::Result<Option<Version>> {
        let version = self.version.query_row(
            named_params! {
                ":component": key.component, ":kind": key.kind, ":name": key.name, ":now": number(now),
            },
            |row| row.get::<_, i64>(0),
        );
        Ok(version.optional()?.map(|version| Version::from_u64(version.cast_unsigned())))
    }

    fn write(&mut self, key: &Key<'_>, version: Version, record: &Encoded) -> rusqlite::Result<usize> {
        self.write.execute(named_params! {
            ":component": key.component,
            ":kind": key.kind,
            ":name": key.name,
            ":version": version.to_u64().cast_signed(),
            ":lasting": record.lasting.expose(),
            ":access": record.access.as_ref().map(|(access, _)| access.expose()),
            ":access_expires_at": record.access.as_ref().map(|(_, end)| number(*end)),
            ":ends_at": record.ends_at.map(number),
        })
    }

    /// Drops a few records that have ended, and notes the time. A write brings one at the most, so
    /// what has ended gets less with each.
    pub(crate) fn tidy(&mut self, now: StoreTime) -> Result<(), StoreError> {
        let limit = std::mem::take(&mut self.written).saturating_mul(8);
        self.purge.execute(named_params! { ":now": number(now), ":limit": limit }).map_err(of_sqlite)?;
        self.note.execute([number(now)]).map_err(of_sqlite)?;
        Ok(())
    }
}

pub(crate) fn authorizers(
    connection: &Connection,
    component: &ComponentAppId,
    after: Option<&AuthorizerAppId>,
    limit: usize,
    now: StoreTime,
) -> Result<Vec<AuthorizerAppId>, StoreError> {
    // Texts are compared by their bytes, as in Rust.
    let mut statement = connection
        .prepare(
            "SELECT name FROM records
             WHERE component = :component AND kind = :kind
                 AND name >= coalesce(:after, '') AND name IS NOT :after
                 AND (ends_at IS NULL OR ends_at > :now)
             ORDER BY name LIMIT :limit",
        )
        .map_err(of_sqlite)?;
    let rows = statement
        .query_map(
            named_params! {
                ":component": component.as_str(),
                ":kind": ACCOUNT,
                ":after": after.map(AuthorizerAppId::as_str),
                ":now": number(now),
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            },
            |row| row.get::<_, String>(0),
        )
        .map_err(of_sqlite)?;
    rows.map(|app_id| app_id.map(AuthorizerAppId::from).map_err(of_sqlite)).collect()
}

#[cfg(test)]
mod tests {
    use crate::file::DatabaseFile;

    /// A kill of the process would not show it: what `SQLite` has handed to the system survives
    /// that.
    #[test]
    fn every_write_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseFile::open_or_create(&folder.path().join("tokens.db")).unwrap();
        // The first one makes the table, the second one finds it.
        for _ in 0..2 {
            let connection = super::open(&file).unwrap();
            let pragma =
                |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!((pragma("synchronous"), pragma("fullfsync")), (2, 1));
        }
    }
}
