use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tcb_auth::{Encoded, Loaded, StoreError, StoreTime, Subject, TokenKey, TokenStore, Version};
use tcb_types::{AuthorizerAppId, ComponentAppId, Secret};

use crate::connections::Connections;
use crate::failure::PostgresFailure;
use crate::{PostgresOptions, PostgresWarning};

/// The store's time, in milliseconds. It is read once per statement.
macro_rules! now {
    () => {
        "(SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"
    };
}

const LOAD: &str = concat!(
    "SELECT ",
    now!(),
    ", version, lasting, access, access_ends_at, ends_at FROM (VALUES (1)) AS one
     LEFT JOIN tcb_records ON component = $1 AND kind = $2 AND name = $3"
);

/// $4 is the new version. A statement that is sent again finds that it has been carried out.
const CHANGE: &str = concat!(
    "UPDATE tcb_records
     SET version = $4, lasting = $5, access = $6, access_ends_at = $7, ends_at = $8
     WHERE component = $1 AND kind = $2 AND name = $3
         AND (version = $4 OR version = $9 AND (ends_at IS NULL OR ends_at > ",
    now!(),
    ")) RETURNING 1"
);

/// Drops a few records that have ended, too. A new one is one at the most that ends, so what has
/// ended gets less with each.
const CREATE: &str = concat!(
    "WITH ended AS (
         DELETE FROM tcb_records WHERE ctid IN (
             SELECT ctid FROM tcb_records
             WHERE ends_at <= ",
    now!(),
    " AND (component, kind, name) <> ($1, $2, $3)
             ORDER BY ends_at LIMIT 8 FOR UPDATE SKIP LOCKED)
     )
     INSERT INTO tcb_records AS held (component, kind, name, version, lasting, access, access_ends_at, ends_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (component, kind, name) DO UPDATE
     SET version = $4, lasting = $5, access = $6, access_ends_at = $7, ends_at = $8
     WHERE held.version = $4 OR held.ends_at <= ",
    now!(),
    " RETURNING 1"
);

const LIST: &str = concat!(
    "SELECT name FROM tcb_records
     WHERE component = $1 AND kind = $2 AND name >= coalesce($3, ''::bytea) AND name IS DISTINCT FROM $3
         AND (ends_at IS NULL OR ends_at > ",
    now!(),
    ") ORDER BY name LIMIT $4"
);

const OFF: &str =
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'
    ORDER BY name";

/// Keeps records in `PostgreSQL`, for processes on many machines. Cheap to clone; all clones share
/// their connections.
///
/// See the [crate documentation](crate) for what the server has to be like.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Arc<Connections>,
}

impl PostgresStore {
    /// Connects, and makes the tables if they are not there. Connections that break later are
    /// replaced automatically.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](tcb_auth::StoreErrorKind::Unavailable) when the server cannot be reached,
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it refuses user and
    /// password, its certificate is not trusted, the user may not make the tables that are missing,
    /// a later release has made them, there is no tokio runtime, or the server is another machine
    /// that would be reached in clear text without
    /// [`allow_clear_text`](PostgresOptions::allow_clear_text).
    pub async fn connect(options: PostgresOptions) -> Result<Self, StoreError> {
        let connections = Arc::new(Connections::new(options));
        Box::pin(connections.set_up()).await?;
        Ok(Self { connections })
    }

    /// Checks whether the server is set up to keep refresh tokens, and to keep them to itself. Call
    /// it at the start and log what it returns; an empty list is good.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn check(&self) -> Result<Vec<PostgresWarning>, StoreError> {
        let mut warnings = Vec::new();
        for row in self.connections.ask(|| sqlx::query(OFF)).await? {
            warnings.push(PostgresWarning::NotDurable { setting: column(&row, 0)? });
        }
        if self.connections.options().may_be_clear_text() {
            warnings.push(PostgresWarning::ClearText);
        }
        Ok(warnings)
    }
}

/// The columns that a key is made of.
fn columns(key: &TokenKey) -> (Vec<u8>, i16, Vec<u8>) {
    let (kind, name) = match key.subject() {
        Subject::Authorizer(app_id) => (ACCOUNT, app_id.as_str()),
        Subject::Platform => (1, ""),
        Subject::Code(digest) => (2, digest.as_str()),
    };
    (key.component().as_str().into(), kind, name.into())
}

const ACCOUNT: i16 = 0;

fn column<'r, T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(
    row: &'r PgRow,
    index: usize,
) -> Result<T, PostgresFailure> {
    row.try_get(index).map_err(PostgresFailure::from)
}

fn bytes(text: &Secret) -> Vec<u8> {
    text.expose().into()
}

fn text(bytes: &[u8]) -> Result<&str, PostgresFailure> {
    str::from_utf8(bytes).map_err(|_| PostgresFailure::Unexpected)
}

fn held(row: &PgRow, now: StoreTime) -> Result<Option<(Version, Encoded)>, PostgresFailure> {
    let Some(version) = column::<Option<i64>>(row, 1)? else { return Ok(None) };
    let access = column::<Option<&[u8]>>(row, 3)?.map(text).transpose()?.map(Into::into);
    let end = |index| column::<Option<i64>>(row, index).map(|end| end.map(time));
    let record =
        Encoded { lasting: text(column(row, 2)?)?.into(), access: access.zip(end(4)?), ends_at: end(5)? };
    let has_ended = record.ends_at.is_some_and(|end| end <= now);
    Ok((!has_ended).then_some((Version::from_u64(version.cast_unsigned()), record)))
}

fn number(time: StoreTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn time(number: i64) -> StoreTime {
    StoreTime::from_millis(u64::try_from(number).unwrap_or_default())
}

#[async_trait]
impl TokenStore for PostgresStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let (component, kind, name) = columns(key);
        let load = move || sqlx::query(LOAD).bind(component.clone()).bind(kind).bind(name.clone());
        let rows = self.connections.ask(load).await?;
        let row = rows.first().ok_or(PostgresFailure::Unexpected)?;
        let now = time(column(row, 0)?);
        Ok(Loaded { held: held(row, now)?, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        let (component, kind, name) = columns(key);
        let version = Version::random();
        let record = record.clone();
        let swap = move || {
            let swap = sqlx::query(if expected.is_some() { CHANGE } else { CREATE })
                .bind(component.clone())
                .bind(kind)
                .bind(name.clone())
                .bind(version.to_u64().cast_signed())
                .bind(bytes(&record.lasting))
                .bind(record.access.as_ref().map(|(access, _)| bytes(access)))
                .bind(record.access.as_ref().map(|(_, end)| number(*end)))
                .bind(record.ends_at.map(number));
            match expected {
                Some(expected) => swap.bind(expected.to_u64().cast_signed()),
                None => swap,
            }
        };
        let rows = self.connections.ask(swap).await?;
        Ok((!rows.is_empty()).then_some(version))
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        let component: Vec<u8> = component.as_str().into();
        let after: Option<Vec<u8>> = after.map(|after| after.as_str().into());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let list =
            move || sqlx::query(LIST).bind(component.clone()).bind(ACCOUNT).bind(after.clone()).bind(limit);
        let rows = self.connections.ask(list).await?;
        rows.iter().map(|row| Ok(text(column(row, 0)?)?.into())).collect()
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("options", self.connections.options()).finish_non_exhaustive()
    }
}
