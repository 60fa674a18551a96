//! The connection: opened when it is needed, shared by all callers, and replaced when it has broken
//! or fallen silent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{FromRedisValue, Pipeline};

use crate::RedisOptions;
use crate::dial::{Open, dial, in_time};
use crate::failure::RedisFailure;
use crate::options::Place;
use crate::sentinel;

/// The connection to one server.
///
/// A library's connection manager would go on with a connection whose other end has gone without a
/// word: it takes a missing answer for a slow one. Here a connection that lets one command time out
/// is not used for another.
pub(crate) struct Connection {
    options: Arc<RedisOptions>,
    to: Whom,
    current: Mutex<Option<Arc<Open>>>,
    /// Held while a connection is being made, so that only one is.
    making: tokio::sync::Mutex<()>,
}

/// Whom a connection leads to.
pub(crate) enum Whom {
    Server(Place),
    /// The master that these sentinels name.
    Master(Place, Vec<Place>),
}

impl Connection {
    pub(crate) fn new(options: Arc<RedisOptions>, to: Whom) -> Self {
        Self { options, to, current: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    /// Makes the connection if there is none.
    pub(crate) async fn connect(&self) -> Result<(), RedisFailure> {
        in_time(self.options.timeout, async { self.open().await.map(drop) }).await
    }

    /// Sends commands and reads the answers, in their order. When the connection turns out to be
    /// broken they are sent once more over a new one, so they must be such as may be carried out
    /// twice.
    pub(crate) async fn ask<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisFailure> {
        in_time(self.options.timeout, async {
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
        commands: &Pipeline,
    ) -> Result<T, RedisFailure> {
        // Taken back when an answer arrives; what is dropped before, by the time-out, leaves no
        // connection for the next caller.
        let silent = Retire { owner: self, open, on: true };
        let answer = open.ask(commands).await;
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
        let made = Arc::new(Box::pin(self.make()).await?);
        *self.current() = Some(Arc::clone(&made));
        Ok(made)
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Open>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self) -> Result<Open, RedisFailure> {
        match &self.to {
            Whom::Server(place) => dial(&self.options, place).await,
            Whom::Master(master, sentinels) => sentinel::dial(&self.options, master, sentinels).await,
        }
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
