//! The suite that every [`TokenStore`] has to pass. Feature `conformance`.
//!
//! Run it in the tests of a store, on a runtime with several threads and in real time:
//!
//! ```
//! use tcb_auth::MemoryStore;
//! use tcb_auth::store_conformance::Suite;
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() {
//! Suite::new(async || MemoryStore::new()).run().await;
//! # }
//! ```
//!
//! What it cannot see from inside one process is left to the store: that an acknowledged write
//! survives a crash, and that several processes share one store. [`numbered`] and [`number_of`]
//! help to test that.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a suite of tests ends a case at the first surprise"
)]

mod cases;
mod numbered;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::cases::{Running, Store};
use crate::TokenStore;

pub use numbered::{number_of, numbered};

/// How long a case may take, so that one that hangs is named too.
const PATIENCE: Duration = Duration::from_secs(120);

/// The suite over the stores that `fresh` makes: an empty one each time, apart from all before.
pub struct Suite<F> {
    fresh: F,
    wall_clock: bool,
}

impl<S: TokenStore + 'static, F: AsyncFn() -> S> Suite<F> {
    /// The suite over `fresh`.
    pub fn new(fresh: F) -> Self {
        Self { fresh, wall_clock: true }
    }

    /// Leaves out that the store's time is the machine's within a minute: for stores with a clock
    /// of the test's own.
    #[must_use]
    pub fn any_clock(self) -> Self {
        Self { wall_clock: false, ..self }
    }

    /// Runs all cases, one after the other.
    ///
    /// # Panics
    ///
    /// When a case failed, after the last one; the message names each with what was wrong. Also
    /// outside of a tokio runtime.
    #[expect(
        clippy::future_not_send,
        reason = "a test waits for it where it is, so `fresh` need not be sendable"
    )]
    pub async fn run(self) {
        let failures = self.failures().await;
        assert!(failures.is_empty(), "the store fails {} cases:\n{}", failures.len(), failures.join("\n"));
    }

    #[expect(clippy::future_not_send, reason = "as above")]
    async fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for (name, case) in cases::ALL {
            failures.extend(outcome(name, case(self.fresh().await)).await);
        }
        let [one, other] = [self.fresh().await, self.fresh().await];
        let versions = cases::a_store_that_starts_anew_repeats_no_version(one, other);
        failures.extend(outcome("a_store_that_starts_anew_repeats_no_version", Box::pin(versions)).await);
        let [one, other] = [self.fresh().await, self.fresh().await];
        let permits = cases::a_permit_of_before_a_loss_is_told_from_those_that_come_after(one, other);
        let name = "a_permit_of_before_a_loss_is_told_from_those_that_come_after";
        failures.extend(outcome(name, Box::pin(permits)).await);
        if self.wall_clock {
            let time = cases::the_time_is_that_of_the_machine(self.fresh().await);
            failures.extend(outcome("the_time_is_that_of_the_machine", Box::pin(time)).await);
        }
        failures
    }

    #[expect(clippy::future_not_send, reason = "as above")]
    async fn fresh(&self) -> Store {
        Arc::new((self.fresh)().await)
    }
}

impl<F> fmt::Debug for Suite<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("wall_clock", &self.wall_clock).finish_non_exhaustive()
    }
}

/// What was wrong, if anything. The case has a task of its own, so that its panic ends only it.
async fn outcome(name: &str, case: Running) -> Option<String> {
    let wrong = match tokio::spawn(tokio::time::timeout(PATIENCE, case)).await {
        Ok(Ok(())) => return None,
        Ok(Err(_)) => format!("not done within {PATIENCE:?}"),
        Err(ended) if ended.is_panic() => text_of(&*ended.into_panic()),
        Err(ended) => ended.to_string(),
    };
    Some(format!("{name}: {wrong}"))
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    text.unwrap_or("a panic without text").to_owned()
}

#[cfg(test)]
mod tests;
