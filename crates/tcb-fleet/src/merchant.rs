//! The row of a merchant in the journal.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tcb_deploy::Noted;

use crate::condition::Condition;

/// What the journal keeps of a merchant. Variables are not in it, for they may be secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Merchant {
    /// Its place in the merchant list, from 0; `None` when it is not in the list any more.
    pub position: Option<u64>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The generation that it should have: the hash of its desired state.
    pub target: String,
    /// How it stands with that generation.
    pub standing: Standing,
    /// The conditions as the last pass left them.
    pub conditions: Vec<Condition>,
    /// How many passes in a row ended in the same standing.
    pub attempts: u32,
    /// When the next pass is due, in Unix seconds.
    pub due: u64,
    /// When the last pass ended, in Unix seconds.
    pub looked: u64,
    /// The step that is on.
    pub step: Option<String>,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// What its deployment has noted.
    pub noted: Noted,
}

/// How a merchant stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// No pass has ended yet.
    #[default]
    Pending,
    /// It has all that it should have.
    Ready,
    /// A person has to do something: to agree, or to authorise the platform again.
    Waiting,
    /// A pass failed, and another may succeed.
    Retrying,
    /// A create was sent, and nobody knows yet whether it was executed.
    Unsettled,
    /// A pass failed, and another would fail alike.
    Refused,
}

impl Standing {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Ready, Self::Waiting, Self::Retrying, Self::Unsettled, Self::Refused];

    /// Its name, as `retrying`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Unsettled => "unsettled",
            Self::Refused => "refused",
        }
    }

    /// Whether it counts against the next wave.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Retrying | Self::Unsettled | Self::Refused)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The right to work on a merchant, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// Who has it: a random text for each pass.
    pub owner: String,
    /// Until when, in Unix seconds.
    pub until: u64,
}

impl Merchant {
    /// Whether somebody works on it.
    pub fn is_at_work(&self, now: u64) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until > now)
    }

    /// Sets what it should have. What was so of another generation is looked at anew.
    pub(crate) fn aim(&mut self, target: &str, now: u64) {
        if self.target != target {
            target.clone_into(&mut self.target);
            self.look_again(now);
        }
    }

    /// Has the next pass be due now.
    pub(crate) fn look_again(&mut self, now: u64) {
        (self.standing, self.attempts, self.due) = (Standing::Pending, 0, now);
    }
}
