//! A connection as it is opened.

use std::future::Future;
use std::io;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::RedisOptions;
use crate::failure::RedisFailure;
use crate::options::{Address, Place};

/// An open connection. Callers that have one keep it, so that they may still get their answers when
/// it has been replaced.
pub(crate) struct Open {
    connection: MultiplexedConnection,
    driver: AbortHandle,
}

impl Open {
    pub(crate) async fn ask<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisFailure> {
        Ok(commands.query_async(&mut self.connection.clone()).await?)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Opens a connection. Where servers are learned of from others, this is where clear text is
/// refused.
pub(crate) async fn dial(options: &RedisOptions, place: &Place) -> Result<Open, RedisFailure> {
    if place.is_clear_text() && !options.clear_text_allowed {
        return Err(RedisFailure::Option(
            "redis is on another machine and would be spoken to in clear text: use rediss:// (feature `tls`), or RedisOptions::allow_clear_text",
        ));
    }
    let broken = |error: io::Error| RedisFailure::Broken(error.kind());
    match &place.address {
        Address::Tcp(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(broken)?;
            stream.set_nodelay(true).map_err(broken)?;
            #[cfg(feature = "tls")]
            if place.tls {
                let stream = crate::tls::connect(stream, host, options.roots.as_ref()).await?;
                return log_in(place, stream).await;
            }
            log_in(place, stream).await
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            log_in(place, tokio::net::UnixStream::connect(path).await.map_err(broken)?).await
        }
    }
}

async fn log_in(
    place: &Place,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Open, RedisFailure> {
    let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
    let (connection, driver) = MultiplexedConnection::new_with_config(&place.login, stream, config).await?;
    Ok(Open { connection, driver: tokio::spawn(driver).abort_handle() })
}

/// How long one of so many servers may take, so that it leaves time for others when it is silent.
pub(crate) fn share(limit: Duration, servers: usize) -> Duration {
    limit / if servers < 2 { 1 } else { 3 }
}

pub(crate) async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, RedisFailure>>,
) -> Result<T, RedisFailure> {
    if Handle::try_current().is_err() {
        return Err(RedisFailure::NoRuntime);
    }
    tokio::time::timeout(limit, work).await.unwrap_or(Err(RedisFailure::TimedOut))
}

/// A command by itself.
pub(crate) fn one(command: Cmd) -> Pipeline {
    let mut commands = Pipeline::with_capacity(1);
    commands.add_command(command);
    commands
}
