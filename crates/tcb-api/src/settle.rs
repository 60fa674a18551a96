//! What became of a create whose answer was lost.

mod cloud_user;
mod env;
mod function;
mod open_account;
mod token_policy;

use std::time::Duration;

use async_trait::async_trait;
use tcb_types::Operation;

use crate::{Client, Error};

/// What reading the state back showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled<T> {
    /// What the call should make is there: made by this call, or, where the service cannot tell them apart, by an earlier one.
    Landed(T),
    /// It is not there. The call may be sent again.
    NotLanded,
    /// So many things match. A person has to say which one is meant.
    Several(usize),
    /// It cannot be told, or not yet: a list may lag behind. Ask again later.
    Unknown,
}

/// An operation whose effect can be read back.
///
/// The SDK's creates implement it; implement it for an operation of your own to use it with [`Client::settle`].
#[async_trait]
pub trait Probe: Operation {
    /// Reads the state back, `age` after the call was sent.
    ///
    /// # Errors
    ///
    /// When reading fails.
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error>;
}

/// How long a new resource may be missing from a list. No source says it; environments made in the console are known to take ten
/// minutes.
const LIST_LAG: Duration = Duration::from_secs(10 * 60);

/// What the absence of a resource from a list means, `age` after it was to be made.
fn absent<T>(age: Duration) -> Settled<T> {
    if age < LIST_LAG { Settled::Unknown } else { Settled::NotLanded }
}
