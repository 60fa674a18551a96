//! Connections: opened when they are needed, kept for the next use, and closed when they have
//! broken or fallen silent.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection as _, PgConnection, Postgres};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::PostgresOptions;
use crate::failure::PostgresFailure;
use crate::schema;

/// What every connection is told. Swaps count on seeing what others have committed, and a write
/// that is acknowledged has to be on the disk; more than that the operator may ask for.
const SETTINGS: &str = "
    SELECT set_config('search_path', coalesce($1, current_setting('search_path')), false),
        set_config('statement_timeout', $2, false),
        set_config('default_transaction_isolation', 'read committed', false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/// A few connections that are used side by side. A library's pool would use one again that has let
/// a statement time out, and would ask each whether it is still there.
pub(crate) struct Connections {
    options: PostgresOptions,
    idle: Mutex<Vec<PgConnection>>,
    free: Arc<Semaphore>,
}

pub(crate) type Statement = Query<'static, Postgres, PgArguments>;

impl Connections {
    pub(crate) fn new(options: PostgresOptions) -> Self {
        let free = Arc::new(Semaphore::new(options.connections));
        Self { options, idle: Mutex::default(), free }
    }

    pub(crate) fn options(&self) -> &PostgresOptions {
        &self.options
    }

    /// Opens a first connection, and sees to the tables.
    pub(crate) async fn set_up(&self) -> Result<(), PostgresFailure> {
        self.in_time(async {
            let mut connection = self.open().await?;
            schema::set_up(&mut connection, self.options.schema.as_deref()).await?;
            self.idle().push(connection);
            Ok(())
        })
        .await
    }

    /// Asks and gives the rows. It is done to its end even if the caller does not wait for it: a
    /// connection that was left in the middle of a statement could only be closed, and to make
    /// another costs the server more than most statements.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        statement: impl Fn() -> Statement + Send + Sync + 'static,
    ) -> Result<Vec<PgRow>, PostgresFailure> {
        let runtime = Handle::try_current().map_err(|_| PostgresFailure::NoRuntime)?;
        let turn = Arc::clone(&self.free).acquire_owned().await.map_err(|_| PostgresFailure::Unexpected)?;
        let connections = Arc::clone(self);
        let asked = runtime.spawn(async move {
            let answer = connections.in_time(connections.ask_one(statement)).await;
            drop(turn);
            answer
        });
        // It ends with its runtime.
        asked.await.unwrap_or(Err(PostgresFailure::Broken(io::ErrorKind::Interrupted)))
    }

    /// When the connection turns out to be broken, the server is asked once more over a new one, so
    /// the statement must be such as may be carried out twice.
    async fn ask_one(
        &self,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Vec<PgRow>, PostgresFailure> {
        let idle = self.idle().pop();
        if let Some(idle) = idle {
            match self.ask_over(idle, statement()).await {
                // So are the others, most likely.
                Err(failure) if failure.is_broken() => self.idle().clear(),
                answer => return answer,
            }
        }
        let fresh = Box::pin(self.open()).await?;
        self.ask_over(fresh, statement()).await
    }

    /// A connection that is given up in between, by the time-out, is closed.
    async fn ask_over(
        &self,
        mut connection: PgConnection,
        statement: Statement,
    ) -> Result<Vec<PgRow>, PostgresFailure> {
        let answer = statement.fetch_all(&mut connection).await.map_err(PostgresFailure::from);
        if answer.as_ref().map_or_else(PostgresFailure::leaves_the_connection, |_| true) {
            self.idle().push(connection);
        }
        answer
    }

    async fn open(&self) -> Result<PgConnection, PostgresFailure> {
        let mut connection = PgConnection::connect_with(&self.options.server()?).await?;
        // The server gives up first, so that the connection stays.
        let limit = (self.options.timeout * 3 / 4).as_millis().clamp(1, 1 << 30).to_string();
        let settings = sqlx::query(SETTINGS).persistent(false).bind(&self.options.schema).bind(limit);
        settings.execute(&mut connection).await?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PgConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, PostgresFailure>>,
    ) -> Result<T, PostgresFailure> {
        if Handle::try_current().is_err() {
            return Err(PostgresFailure::NoRuntime);
        }
        tokio::time::timeout(self.options.timeout, work).await.unwrap_or(Err(PostgresFailure::TimedOut))
    }
}
