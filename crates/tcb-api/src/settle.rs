//! What became of a create whose answer was lost.

mod cloud_user;
mod collection;
mod container_service;
mod env;
mod function;
mod open_account;
mod share;
mod static_site;
mod token_policy;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde_json::{Map, Value};
use tcb_types::{ErrCode, Operation};

use crate::{Client, Error, Paged};

/// What reading the state back has shown, by [`Client::settle`] or, after a restart, by
/// [`Client::settle_since`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "only one of these says that the call may be sent again"]
pub enum Settled<T> {
    /// What the call should make is there: made by this call, or, where the service cannot tell
    /// them apart, by an earlier one.
    Landed(T),
    /// It is not there. The call may be sent again.
    NotLanded,
    /// This many things match. A person has to say which one is meant.
    Several(usize),
    /// It cannot be known, or not yet: a list may lag behind. Ask again later.
    Unknown,
}

/// An operation whose effect can be read back.
///
/// The SDK implements it for creates whose effect WeChat's API lists or shows: environments,
/// functions and collections in both modes, cloud development itself, token policies, open-platform
/// accounts, static websites, shares of environments, services of cloud hosting. Records, indexes,
/// messages and tasks cannot be found again that way. Implement it for your own operation to use it
/// with [`Client::settle`].
#[async_trait]
pub trait Probe: Operation {
    /// Reads the state back, `age` after the call was sent.
    ///
    /// # Errors
    ///
    /// When reading the state fails.
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error>;
}

impl Client {
    /// Finds out by reading what became of `operation`, whose [`send`](Self::send) ended in
    /// `error`. When the error is gone because the process was restarted, use
    /// [`settle_since`](Self::settle_since).
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (emulator, _platform, tcb) = stage().await;
    /// # emulator.fault(tcb_emulator::Fault::commit_then_drop("/tcb/createenvandresource"))?;
    /// use tcb_api::{CreateEnv, ErrorKind, Settled};
    ///
    /// let create = CreateEnv::postpaid("shop-prod");
    /// let env = match tcb.send(&create).await {
    ///     Ok(answer) => Some(answer.id),
    ///     Err(error) if error.kind() == ErrorKind::Indeterminate => match tcb.settle(&create, &error).await? {
    ///         Settled::Landed(answer) => Some(answer.id),
    ///         Settled::NotLanded => Some(tcb.send(&create).await?.id),
    ///         _ => None, // A person has to look.
    ///     },
    ///     Err(error) => return Err(error.into()),
    /// };
    /// # assert!(env.is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When reading the state fails.
    pub async fn settle<O: Probe>(
        &self,
        operation: &O,
        error: &Error,
    ) -> Result<Settled<O::Response>, Error> {
        match error.indeterminate() {
            Some(facts) => match self.settle_since(operation, facts.sent_at).await {
                // Reading meets the same obstacle: what both name is not there, so nothing can have
                // been made in it.
                Err(reading) if is_missing(error) && is_missing(&reading) => Ok(Settled::NotLanded),
                settled => settled,
            },
            // Any other failure of a create means that it was not executed.
            None => Ok(Settled::NotLanded),
        }
    }

    /// Finds out by reading what became of `operation`, which was sent at `sent_at` by a process
    /// that did not live to see the answer.
    ///
    /// *Before* sending, record the operation and the time somewhere that outlasts the process, and
    /// delete the record when the answer or an error other than
    /// [`Indeterminate`](crate::ErrorKind::Indeterminate) arrives. What is still recorded at the
    /// next start may have been executed. A time that is a little too early does no harm.
    ///
    /// ```
    /// # async fn notes() -> Vec<(String, std::time::SystemTime)> { Vec::new() }
    /// # async fn start(tcb: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// use tcb_api::{CreateEnv, Settled};
    ///
    /// for (alias, sent_at) in notes().await {
    ///     let create = CreateEnv::postpaid(alias);
    ///     match tcb.settle_since(&create, sent_at).await? {
    ///         Settled::Landed(answer) => println!("{} is there", answer.id),
    ///         Settled::NotLanded => println!("it may be sent again"),
    ///         Settled::Unknown => println!("ask again in some minutes"),
    ///         Settled::Several(count) => println!("a person has to say which of {count} it is"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When reading the state fails.
    pub async fn settle_since<O: Probe>(
        &self,
        operation: &O,
        sent_at: SystemTime,
    ) -> Result<Settled<O::Response>, Error> {
        let age = self.caller().clock.wall().duration_since(sent_at).unwrap_or_default();
        operation.probe(self, age).await
    }
}

/// Whether WeChat does not find a cloud resource that the call is about.
fn is_missing(error: &Error) -> bool {
    error.api().is_some_and(|api| api.code() == ErrCode::CLOUD_RESOURCE)
}

/// How long a new resource may be missing from a list. No source says it; environments made in the
/// console are known to take ten minutes.
const LIST_LAG: Duration = Duration::from_secs(10 * 60);

/// What the absence of a resource from a list means, `age` after it was to be made.
fn absent<T>(age: Duration) -> Settled<T> {
    if age < LIST_LAG { Settled::Unknown } else { Settled::NotLanded }
}

/// What looking into lists showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Found,
    Absent,
    /// An answer had no list. That proves nothing: it may not even have come from WeChat.
    NoList,
}

impl Look {
    fn settled<T>(self, age: Duration, answer: T) -> Settled<T> {
        match self {
            Self::Found => Settled::Landed(answer),
            Self::Absent => absent(age),
            Self::NoList => Settled::Unknown,
        }
    }
}

/// Asks for a list, and says whether the answer has it, under one of the names `members`.
async fn ask<O: Operation>(
    client: &Client,
    operation: O,
    members: &[&str],
) -> Result<(O::Response, bool), Error> {
    let mut listed = false;
    let answer = client.send_seeing(operation, |body| listed = has_list(body, members)).await?;
    Ok((answer, listed))
}

fn has_list(body: &[u8], members: &[&str]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let answer: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    members.iter().any(|member| answer.get(*member).is_some_and(Value::is_array))
}

/// Looks for one item, page after page of `list`, which the wire calls `member`.
async fn look<O: Paged>(
    client: &Client,
    list: O,
    member: &str,
    is_meant: impl Fn(&O::Item) -> bool + Send,
) -> Result<Look, Error> {
    let mut page = Some(list.first());
    let mut given = 0_u64;
    while let Some(operation) = page {
        let (answer, listed) = ask(client, &operation, &[member]).await?;
        let (items, next) = operation.turn(answer, given);
        if items.iter().any(&is_meant) {
            return Ok(Look::Found);
        }
        if !listed {
            return Ok(Look::NoList);
        }
        given = given.saturating_add(items.len() as u64);
        page = next.filter(|_| !items.is_empty());
    }
    Ok(Look::Absent)
}
