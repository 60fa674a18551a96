//! The one table, and what is said to `SQLite` about it.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, ToSql, TransactionBehavior, named_params};
use tcb_auth::{Encoded, Record, StoreError, StoreErrorKind, TokenKey, Version};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::error::{is_busy, misconfigured, of_column, of_sqlite};
use crate::file::DatabaseFile;

/// "tcbt": the file is a token store.
const APPLICATION_ID: i64 = 0x7463_6274;
const SCHEMA_VERSION: i64 = 1;

/// The platform's own record has a column of its own to say so: no text for `authorizer` could be kept free for it.
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
    // SQLite's own timeout sleeps longer and longer, up to a tenth of a second, while others slip in.
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

/// Answers the journal mode.
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
    match stamp(&transaction)? {
        (APPLICATION_ID, SCHEMA_VERSION) => {}
        (0, 0) if is_empty(&transaction)? => {
            transaction.execute_batch(SCHEMA).map_err(of_sqlite)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(of_sqlite)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(of_sqlite)?;
        }
        (APPLICATION_ID, version) => {
            return Err(misconfigured(format!(
                "{} is of version {version}, and this program knows {SCHEMA_VERSION}",
                file.path().display()
            )));
        }
        _ => return Err(misconfigured(format!("{} is another program's", file.path().display()))),
    }
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
    is_platform: bool,
    authorizer: &'a str,
}

impl<'a> From<&'a TokenKey> for Key<'a> {
    fn from(key: &'a TokenKey) -> Self {
        Self {
            component: key.component().as_str(),
            is_platform: key.authorizer().is_none(),
            authorizer: key.authorizer().map_or("", AuthorizerAppId::as_str),
        }
    }
}

pub(crate) fn load(connection: &Connection, key: &TokenKey) -> Result<Option<(Version, Record)>, StoreError> {
    let key = Key::from(key);
    let mut statement = connection
        .prepare(
            "SELECT version, lasting, access FROM records
             WHERE component = :component AND is_platform = :is_platform AND authorizer = :authorizer",
        )
        .map_err(of_sqlite)?;
    let mut rows = statement
        .query(named_params! {
            ":component": key.component,
            ":is_platform": key.is_platform,
            ":authorizer": key.authorizer,
        })
        .map_err(of_sqlite)?;
    rows.next().map_err(of_sqlite)?.map(held).transpose()
}

fn held(row: &Row<'_>) -> Result<(Version, Record), StoreError> {
    let column = |index| row.get_ref(index).map_err(of_sqlite);
    let version = column(0)?.as_i64().map_err(of_column)?;
    // Read where SQLite has them, so that no copies of secrets are left behind.
    let lasting = column(1)?.as_str().map_err(of_column)?;
    let access = column(2)?.as_str_or_null().map_err(of_column)?;
    Ok((Version::from_u64(version.cast_unsigned()), decode(lasting, access)?))
}

fn decode(lasting: &str, access: Option<&str>) -> Result<Record, StoreError> {
    let corrupt = |error| StoreError::new(StoreErrorKind::Corrupt).with_source(error);
    Record::decode(lasting, access).map_err(corrupt)
}

/// One statement, and so one transaction: it takes the lock for writing before it compares, and is on the disk when it returns.
pub(crate) fn swap(
    connection: &Connection,
    key: &TokenKey,
    expected: Option<Version>,
    record: &Encoded,
) -> Result<Option<Version>, StoreError> {
    let key = Key::from(key);
    let version = Version::random();
    let number = version.to_u64().cast_signed();
    let access = record.access.as_ref().map(|(access, _)| access.expose());
    let access_expires_at =
        record.access.as_ref().map(|(_, end)| i64::try_from(end.as_millis()).unwrap_or(i64::MAX));
    let lasting = record.lasting.expose();
    let mut parameters: Vec<(&str, &dyn ToSql)> = vec![
        (":component", &key.component),
        (":is_platform", &key.is_platform),
        (":authorizer", &key.authorizer),
        (":version", &number),
        (":lasting", &lasting),
        (":access", &access),
        (":access_expires_at", &access_expires_at),
    ];
    let expected = expected.map(|expected| expected.to_u64().cast_signed());
    let statement = match &expected {
        None => {
            "INSERT INTO records
                 (component, is_platform, authorizer, version, lasting, access, access_expires_at)
             VALUES (:component, :is_platform, :authorizer, :version, :lasting, :access, :access_expires_at)
             ON CONFLICT DO NOTHING"
        }
        Some(expected) => {
            parameters.push((":expected", expected));
            "UPDATE records
             SET version = :version, lasting = :lasting, access = :access, access_expires_at = :access_expires_at
             WHERE component = :component AND is_platform = :is_platform AND authorizer = :authorizer
                 AND version = :expected"
        }
    };
    let changed = connection.execute(statement, &parameters[..]).map_err(of_sqlite)?;
    Ok((changed == 1).then_some(version))
}

pub(crate) fn authorizers(
    connection: &Connection,
    component: &ComponentAppId,
    after: Option<&AuthorizerAppId>,
    limit: usize,
) -> Result<Vec<AuthorizerAppId>, StoreError> {
    // Texts are compared by their bytes, as in Rust.
    let mut statement = connection
        .prepare(
            "SELECT authorizer FROM records
             WHERE component = :component AND is_platform = FALSE
                 AND authorizer >= coalesce(:after, '') AND authorizer IS NOT :after
             ORDER BY authorizer LIMIT :limit",
        )
        .map_err(of_sqlite)?;
    let rows = statement
        .query_map(
            named_params! {
                ":component": component.as_str(),
                ":after": after.map(AuthorizerAppId::as_str),
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

    /// A kill of the process would not show it: what `SQLite` has handed to the system survives that.
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
