//! One database, for several machines.

use std::fmt;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{Error, Row as _};
use tcb_api::async_trait;

use super::{Body, Entry, Journal, JournalError, Swap, Table, Version};

const SCHEMA: &str = "
    SELECT pg_advisory_xact_lock(8386096);
    CREATE TABLE IF NOT EXISTS tcb_fleet_records (
        kind SMALLINT NOT NULL,
        key TEXT NOT NULL,
        version BIGINT NOT NULL,
        body BYTEA NOT NULL,
        PRIMARY KEY (kind, key)
    );
    CREATE TABLE IF NOT EXISTS tcb_fleet_entries (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at BIGINT NOT NULL,
        merchant TEXT NOT NULL,
        generation TEXT NOT NULL,
        event TEXT NOT NULL,
        what TEXT NOT NULL,
        rid TEXT
    );
    CREATE INDEX IF NOT EXISTS tcb_fleet_entries_of_merchants ON tcb_fleet_entries (merchant, id)";

/// Writes a record, which must not be there when no version is expected, and the entries if it was
/// written: one statement, so both or neither.
const SWAP: &str = "
    WITH inserted AS (
        INSERT INTO tcb_fleet_records (kind, key, version, body)
        SELECT $1, $2, 1, $3 WHERE $5::bigint IS NULL
        ON CONFLICT DO NOTHING RETURNING version
    ), updated AS (
        UPDATE tcb_fleet_records SET version = version + 1, body = $3
        WHERE kind = $1 AND key = $2 AND version = $5 RETURNING version
    ), swapped AS (
        SELECT version FROM inserted UNION ALL SELECT version FROM updated
    ), added AS (
        INSERT INTO tcb_fleet_entries (at, merchant, generation, event, what, rid)
        SELECT entry.* FROM swapped, jsonb_to_recordset($4::jsonb)
            AS entry (at BIGINT, merchant TEXT, generation TEXT, event TEXT, what TEXT, rid TEXT)
    )
    SELECT version FROM swapped";

/// How many connections one process has.
const CONNECTIONS: u32 = 4;

/// A journal in a `PostgreSQL` database, in tables of its own. Several machines may share it. Cheap
/// to clone.
#[derive(Clone)]
pub struct PostgresJournal(PgPool);

impl PostgresJournal {
    /// Connects to the database, as in `postgres://user:password@host/database`, and makes the
    /// tables if there are none.
    ///
    /// # Errors
    ///
    /// When the address cannot be read, the server cannot be reached or refuses.
    pub async fn connect(url: &str) -> Result<Self, JournalError> {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            // What it says may repeat the password.
            JournalError::new("the address is not like postgres://user:password@host/database")
        })?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await;
        let pool = pool.map_err(JournalError::new)?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await.map_err(JournalError::new)?;
        Ok(Self(pool))
    }
}

fn record(row: &PgRow) -> Result<(Version, Body), Error> {
    let body: Vec<u8> = row.try_get("body")?;
    Ok((version(row)?, body.into()))
}

fn version(row: &PgRow) -> Result<Version, Error> {
    Ok(Version(row.try_get::<i64, _>("version")?.unsigned_abs()))
}

fn entry(row: &PgRow) -> Result<Entry, Error> {
    Ok(Entry {
        at: row.try_get::<i64, _>("at")?.unsigned_abs(),
        merchant: row.try_get("merchant")?,
        generation: row.try_get("generation")?,
        event: row.try_get("event")?,
        what: row.try_get("what")?,
        rid: row.try_get("rid")?,
    })
}

#[async_trait]
impl Journal for PostgresJournal {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        let query = "SELECT version, body FROM tcb_fleet_records WHERE kind = $1 AND key = $2";
        let row = sqlx::query(query).bind(table.number()).bind(key).fetch_optional(&self.0).await;
        let row = row.map_err(JournalError::new)?;
        row.as_ref().map(record).transpose().map_err(JournalError::new)
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        let query = "SELECT key, version, body FROM tcb_fleet_records WHERE kind = $1";
        let rows = sqlx::query(query).bind(table.number()).fetch_all(&self.0).await;
        let one = |row: &PgRow| record(row).and_then(|(at, body)| Ok((row.try_get("key")?, at, body)));
        rows.and_then(|rows| rows.iter().map(one).collect()).map_err(JournalError::new)
    }

    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError> {
        let mut entries = swap.entries;
        for Entry { generation, event, what, rid, .. } in &mut entries {
            // PostgreSQL's texts hold no zero, and nobody misses one.
            for text in [generation, event, what].into_iter().chain(rid) {
                text.retain(|letter| letter != '\0');
            }
        }
        let entries = serde_json::to_string(&entries).map_err(JournalError::new)?;
        let expected = swap.expected.map(|version| version.0.cast_signed());
        let query = sqlx::query(SWAP).bind(swap.table.number()).bind(swap.key);
        let query = query.bind(swap.body.to_vec()).bind(entries).bind(expected);
        let row = query.fetch_optional(&self.0).await.map_err(JournalError::new)?;
        row.as_ref().map(version).transpose().map_err(JournalError::new)
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let query = "SELECT at, merchant, generation, event, what, rid FROM tcb_fleet_entries
            WHERE $1::text IS NULL OR merchant = $1 ORDER BY id DESC LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(query).bind(merchant).bind(limit).fetch_all(&self.0).await;
        let entries = rows.and_then(|rows| rows.iter().rev().map(entry).collect());
        entries.map_err(JournalError::new)
    }
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal").finish_non_exhaustive()
    }
}
