//! Waiting for what takes its time: environments, functions, imports and exports.
//!
//! WeChat answers a create before what it makes can be used, and pushes nothing when it can. So one
//! has to look again and again: [`Client::wait`] does, ever more slowly, until it is so, until it
//! cannot become so any more, or until the time is over.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (_emulator, _platform, shop) = stage().await;
//! use tcb_api::CreateEnv;
//! use tcb_api::wait::Wait;
//!
//! let id = shop.send(CreateEnv::postpaid("shop-prod")).await?.id;
//! let env = shop.wait(Wait::for_env(id)).await?;
//! println!("{:?} can be used", env.alias);
//! # Ok(()) }
//! ```

mod error;
mod target;

use std::time::Duration;

use tcb_types::{EnvId, FunctionName, JobId, scaled};
use tokio::runtime::Handle;

pub use error::{WaitError, WaitErrorKind};
pub use target::{BatchEnv, BatchFunction, BatchMigration, Env, Function, Migration, Target};

use target::Seen;

use crate::Client;

const SECOND: Duration = Duration::from_secs(1);

/// What is waited for, how often one looks, and for how long.
///
/// The first pause is short, each one after it half as long again, up to a longest. All vary by a
/// fifth at random, so that many who wait do not look at the same moment.
#[derive(Clone, Debug)]
#[must_use = "nothing is waited for before it is given to `Client::wait`"]
pub struct Wait<T> {
    target: T,
    first: Duration,
    longest: Duration,
    deadline: Duration,
}

impl Wait<Env> {
    /// Until an environment of the mini program can be used: first looks after 2 seconds, then at
    /// least every 30, for 15 minutes. Ten minutes are known to happen, an hour was reported.
    pub fn for_env(env: impl Into<EnvId>) -> Self {
        Self::new(Env(env.into()), 2 * SECOND, 30 * SECOND, 15 * 60 * SECOND)
    }
}

impl Wait<BatchEnv> {
    /// As [`Wait::for_env`], for one of the platform's environments. Looking also initialises it.
    pub fn for_batch_env(env: impl Into<EnvId>) -> Self {
        Self::new(BatchEnv(env.into()), 2 * SECOND, 30 * SECOND, 15 * 60 * SECOND)
    }
}

impl Wait<Function> {
    /// Until a function can be called: first looks after a second, then at least every 10, for 5
    /// minutes. A function that the list does not show is one that it does not show yet.
    pub fn for_function(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self::new(Function(env.into(), name.into()), SECOND, 10 * SECOND, 5 * 60 * SECOND)
    }
}

impl Wait<BatchFunction> {
    /// As [`Wait::for_function`], in one of the platform's environments.
    pub fn for_batch_function(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self::new(BatchFunction(env.into(), name.into()), SECOND, 10 * SECOND, 5 * 60 * SECOND)
    }
}

impl Wait<Migration> {
    /// Until an import or export of the database has succeeded: first looks after 2 seconds, then
    /// at least every 30, for an hour.
    pub fn for_migration(env: impl Into<EnvId>, job: JobId) -> Self {
        Self::new(Migration(env.into(), job), 2 * SECOND, 30 * SECOND, 60 * 60 * SECOND)
    }
}

impl Wait<BatchMigration> {
    /// As [`Wait::for_migration`], in one of the platform's environments.
    pub fn for_batch_migration(env: impl Into<EnvId>, job: JobId) -> Self {
        Self::new(BatchMigration(env.into(), job), 2 * SECOND, 30 * SECOND, 60 * 60 * SECOND)
    }
}

impl<T> Wait<T> {
    fn new(target: T, first: Duration, longest: Duration, deadline: Duration) -> Self {
        Self { target, first, longest, deadline }
    }

    /// Sets for how long to wait. The last look is made when that time is over; what the look
    /// itself takes comes on top, at most what the client's
    /// [`RetryPolicy`](crate::RetryPolicy::deadline) allows a call.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets the first pause, and the longest. No pause is shorter than 10 milliseconds.
    pub fn pace(self, first: Duration, longest: Duration) -> Self {
        Self { first, longest, ..self }
    }
}

impl Client {
    /// Waits until what `wait` names is ready, and returns its state.
    ///
    /// A look that fails and may be repeated later counts as one that showed nothing. To stop
    /// waiting, drop the call: nothing is left behind.
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client) {
    /// use std::time::Duration;
    /// use tcb_api::wait::{Wait, WaitErrorKind};
    ///
    /// let active = Wait::for_function("shop-prod-1a2b3c", "hello").deadline(Duration::from_secs(60));
    /// match shop.wait(active).await {
    ///     Ok(function) => println!("{} can be called", function.name),
    ///     Err(error) if error.kind() == WaitErrorKind::TimedOut => println!("still {:?}", error.last()),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`WaitError`] with the state that was seen last.
    pub async fn wait<T: Target>(&self, wait: Wait<T>) -> Result<T::State, WaitError<T::State>> {
        let clock = &self.caller().clock;
        let begun = clock.monotonic();
        let mut pause = wait.first;
        let mut waited = Duration::ZERO;
        let mut error = WaitError::new(T::WHAT);
        loop {
            let mut asked = Duration::ZERO;
            error.looks = error.looks.saturating_add(1);
            match wait.target.look(self).await {
                Ok(Seen::Ready(state)) => return Ok(state),
                Ok(Seen::Never(state)) => return Err(error.saw(state).ends(WaitErrorKind::Failed)),
                Ok(Seen::NotYet(state)) => error = error.saw(state),
                Ok(Seen::Absent) => error.source = None,
                Err(failure) => {
                    let is_final = !failure.is_retryable();
                    asked = failure.retry_after().unwrap_or_default();
                    error.source = Some(failure);
                    if is_final {
                        return Err(error.ends(WaitErrorKind::Look));
                    }
                }
            }
            // A clock that a test holds must not make it wait for ever.
            error.waited = clock.monotonic().saturating_duration_since(begun).max(waited);
            let left = wait.deadline.saturating_sub(error.waited);
            if left.is_zero() || Handle::try_current().is_err() {
                return Err(error.ends(WaitErrorKind::TimedOut));
            }
            let next = scaled(pause, 0.8 + 0.4 * fastrand::f64());
            let next = next.max(asked).max(Duration::from_millis(10)).min(left);
            tokio::time::sleep(next).await;
            waited = waited.saturating_add(next);
            pause = scaled(pause, 1.5).min(wait.longest);
        }
    }
}
