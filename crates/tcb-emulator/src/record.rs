use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What has happened so far, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Counters {
    /// Access tokens made, by appid: a platform's own, or a merchant's (from all platforms
    /// together).
    pub mints: BTreeMap<String, u64>,
    /// Access tokens made in all.
    pub total_mints: u64,
    /// Calls that were carried out with success, by official operation id. A call whose answer a
    /// fault dropped counts.
    pub executed: BTreeMap<String, u64>,
    /// Calls that were refused, by official operation id and `errcode`. Refusals by a fault do not
    /// count.
    pub refused: BTreeMap<String, BTreeMap<i64, u64>>,
    /// Calls that met a fault.
    pub faults: u64,
}

impl Counters {
    pub(crate) fn mint(&mut self, app_id: &str) {
        self.total_mints += 1;
        match self.mints.get_mut(app_id) {
            Some(count) => *count += 1,
            None => drop(self.mints.insert(app_id.to_owned(), 1)),
        }
    }

    /// Access tokens made for this appid.
    pub fn mints(&self, app_id: impl AsRef<str>) -> u64 {
        self.mints.get(app_id.as_ref()).copied().unwrap_or_default()
    }

    /// Calls of this operation that were carried out with success.
    pub fn executed(&self, operation: &str) -> u64 {
        self.executed.get(operation).copied().unwrap_or_default()
    }

    /// Calls of this operation that were refused with this `errcode`.
    pub fn refused(&self, operation: &str, errcode: i64) -> u64 {
        self.refused.get(operation).and_then(|codes| codes.get(&errcode)).copied().unwrap_or_default()
    }
}

/// Something that a test should know about even when every call seemed to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The path that was called, without its query.
    pub path: String,
    /// What is wrong. It holds no values of requests, only names.
    pub detail: String,
}

/// What a [`Finding`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A request that succeeded does not fit the documented fields: WeChat may refuse or ignore
    /// what the emulator let pass.
    Request,
    /// An answer of the emulator does not fit the documented fields: a fault of the emulator.
    Answer,
    /// A call of something that is not built.
    NotBuilt,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FindingKind::Request => "request",
            FindingKind::Answer => "answer",
            FindingKind::NotBuilt => "not built",
        };
        write!(f, "{kind} {}: {}", self.path, self.detail)
    }
}

/// A customer-service message that a platform sent for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CustomerMessage {
    /// Appid of the account whose token the call carried.
    pub account: String,
    /// Openid of the receiver (`touser`).
    pub to: String,
    /// The text (`content`).
    pub text: String,
}
