//! The tables, and how they come to be.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::failure::PostgresFailure;

/// Each makes a database of the version before it one of the next.
///
/// Texts are bytes, since `text` takes no zeros, and depends on the database's encoding and order.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE tcb_records (
        component bytea NOT NULL,
        kind smallint NOT NULL,
        name bytea NOT NULL,
        version bigint NOT NULL,
        lasting bytea NOT NULL,
        access bytea,
        access_ends_at bigint,
        ends_at bigint,
        PRIMARY KEY (component, kind, name)
    );
    CREATE INDEX tcb_records_that_end ON tcb_records (ends_at) WHERE ends_at IS NOT NULL;
    CREATE TABLE tcb_version (version integer NOT NULL);
    INSERT INTO tcb_version VALUES (0)"];

const VERSION: i32 = 1;

const _: () = assert!(VERSION as usize == MIGRATIONS.len(), "each version has its step");

/// Makes the tables, or makes them those of this release. Who finds all done needs no right to
/// change a schema.
pub(crate) async fn set_up(
    connection: &mut PgConnection,
    schema: Option<&str>,
) -> Result<(), PostgresFailure> {
    if found(connection).await? == VERSION {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    // Another process may be at it. The number means nothing but this.
    sqlx::query("SELECT pg_advisory_xact_lock(1952670324)").execute(&mut *transaction).await?;
    if let Some(schema) = schema {
        make(&mut transaction, schema).await?;
    }
    let found = found(&mut transaction).await?;
    if found > VERSION {
        return Err(PostgresFailure::Newer { found, known: VERSION });
    }
    for (step, version) in MIGRATIONS.into_iter().zip(1..) {
        if found < version {
            sqlx::raw_sql(step).execute(&mut *transaction).await?;
        }
    }
    sqlx::query("UPDATE tcb_version SET version = $1").bind(VERSION).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// Makes the schema if it is not there. Who may not make one may still use one.
async fn make(connection: &mut PgConnection, schema: &str) -> Result<(), PostgresFailure> {
    let there = sqlx::query("SELECT to_regnamespace($1) IS NOT NULL").persistent(false).bind(schema);
    if !there.fetch_one(&mut *connection).await?.try_get::<bool, _>(0)? {
        // It needs no quotes; see `PostgresOptions::schema`.
        let create = format!("CREATE SCHEMA {schema}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(connection).await?;
    }
    Ok(())
}

/// The version of the tables; 0 where there are none.
async fn found(connection: &mut PgConnection) -> Result<i32, PostgresFailure> {
    let there = sqlx::query("SELECT to_regclass('tcb_version') IS NOT NULL").persistent(false);
    if !there.fetch_one(&mut *connection).await?.try_get::<bool, _>(0)? {
        return Ok(0);
    }
    let version = sqlx::query("SELECT version FROM tcb_version").persistent(false);
    Ok(version.fetch_one(connection).await?.try_get(0)?)
}
