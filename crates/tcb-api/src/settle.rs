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

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tcb_types::Operation;

use crate::{Client, Error, Paged};

/// What reading the state back showed, by [`Client::settle`] or, after a restart, by [`Client::settle_since`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "only one of these says that the call may be sent again"]
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
/// Those creates of the SDK implement it whose effect WeChat's API lists or shows: environments, functions and collections in both
/// modes, cloud development itself, token policies, open-platform accounts, static websites, shares of environments, services of
/// cloud hosting. Records, indexes, messages and tasks cannot be found again that way. Implement it for an operation of your own to
/// use it with [`Client::settle`].
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
