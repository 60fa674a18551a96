//! The connection: opened when it is needed, shared by all callers, and replaced when it has broken
//! or fallen silent.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::RedisOptions;
use crate::failure::RedisFailure;
use crate::options::Address;

/// The connection to one server.
///
/// A library's connection manager would go on with a connection whose other end has gone without a
/// word: it takes a missing answer for a slow one. Here a connection that lets one command time out
/// is not used for another.
pub(crate) struct Connection {
    options: RedisOptions,
    current: Mutex<Option<Arc<Open>>>,
    /// Held while a connection is being made, so that only one is.
    making: tokio::sync::Mutex<()>,
}

/// What is sent at once.
#[derive(Clone, Copy)]
pub(crate) enum Commands<'a> {
    One(&'a Cmd),
    /// Answered in their order.
    Several(&'a Pipeline),
}

impl Commands<'_> {
    async fn query<T: FromRedisValue>(self, mut connection: MultiplexedConnection) -> RedisResult<T> {
        match self {
            Self::One(command) => command.query_async(&mut connection).await,
            Self::Several(commands) => commands.query_async(&mut connection).await,
        }
    }
}

/// An open connection. Callers that have one keep it, so that they may still get their answers when
/// it has been replaced.
struct Open {
    connection: MultiplexedConnection,
    driver: AbortHandle,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    pub(crate) fn new(options: RedisOptions) -> Self {
        Self { options, current: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    pub(crate) fn options(&self) -> &RedisOptions {
        &self.options
    }

    /// Makes the connection if there is none.
    pub(crate) async fn connect(&self) -> Result<(), RedisFailure> {
        self.in_time(async { self.open().await.map(drop) }).await
    }

    /// Sends commands and reads the answer. When the connection turns out to be broken they are
    /// sent once more over a new one, so they must be such as may be carried out twice.
    pub(crate) async fn ask<T: FromRedisValue>(&self, commands: Commands<'_>) -> Result<T, RedisFailure> {
        self.in_time(async {
            let first = self.open().await?;
            match self.ask_over(&first, commands).await {
                Err(failure) if failure.is_broken() => {
                    let second = self.open().await?;
                    self.ask_over(&second, commands).await
                }
                answer => answer,
            }
        })
        .await
    }

    async fn ask_over<T: FromRedisValue>(
        &self,
        open: &Arc<Open>,
        commands: Commands<'_>,
    ) -> Result<T, RedisFailure> {
        // Taken back when an answer arrives; what is dropped before, by the time-out, leaves no
        // connection for the next caller.
        let silent = Retire { owner: self, open, on: true };
        let answer = commands.query(open.connection.clone()).await.map_err(RedisFailure::from);
        match &answer {
            Err(failure) if failure.ends_the_connection() => drop(silent),
            _ => silent.spare(),
        }
        answer
    }

    async fn open(&self) -> Result<Arc<Open>, RedisFailure> {
        if let Some(open) = &*self.current() {
            return Ok(Arc::clone(open));
        }
        let _making = self.making.lock().await;
        if let Some(open) = &*self.current() {
            return Ok(Arc::clone(open));
        }
        let made = Arc::new(self.make().await?);
        *self.current() = Some(Arc::clone(&made));
        Ok(made)
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Open>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self) -> Result<Open, RedisFailure> {
        let broken = |error: io::Error| RedisFailure::Broken(error.kind());
        match &self.options.address {
            Address::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(broken)?;
                stream.set_nodelay(true).map_err(broken)?;
                #[cfg(feature = "tls")]
                if self.options.tls {
                    let stream = crate::tls::connect(stream, host, self.options.roots.as_ref()).await?;
                    return self.log_in(stream).await;
                }
                self.log_in(stream).await
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                self.log_in(tokio::net::UnixStream::connect(path).await.map_err(broken)?).await
            }
        }
    }

    async fn log_in(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Open, RedisFailure> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&self.options.login, stream, config).await?;
        Ok(Open { connection, driver: tokio::spawn(driver).abort_handle() })
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, RedisFailure>>,
    ) -> Result<T, RedisFailure> {
        if Handle::try_current().is_err() {
            return Err(RedisFailure::NoRuntime);
        }
        tokio::time::timeout(self.options.timeout, work).await.unwrap_or(Err(RedisFailure::TimedOut))
    }
}

/// Takes a connection out of use when it is dropped, unless it is spared.
struct Retire<'a> {
    owner: &'a Connection,
    open: &'a Arc<Open>,
    on: bool,
}

impl Retire<'_> {
    fn spare(mut self) {
        self.on = false;
    }
}

impl Drop for Retire<'_> {
    fn drop(&mut self) {
        let mut current = self.owner.current();
        if self.on && current.as_ref().is_some_and(|current| Arc::ptr_eq(current, self.open)) {
            *current = None;
        }
    }
}
