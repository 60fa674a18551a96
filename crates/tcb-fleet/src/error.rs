use std::error::Error as StdError;
use std::fmt;

use tcb_api::types::AuthorizerAppId;
use tcb_deploy::BlueprintError;
use tokio::task::JoinError;

use crate::journal::JournalError;

/// Why a fleet as a whole cannot go on. What keeps one merchant is in its
/// [conditions](crate::Merchant::conditions).
#[derive(Debug)]
#[non_exhaustive]
pub enum FleetError {
    /// The journal could not be read or written. Nothing was sent after that.
    Journal(JournalError),
    /// A record of the journal is not what this version writes.
    Corrupt(String),
    /// The blueprint is wrong, or a merchant lacks a value for a variable.
    Blueprint(BlueprintError),
    /// A merchant list is wrong, in this line, from 1.
    List(u64, String),
    /// These two merchants would both create the platform's environment of this alias. Name its id
    /// once it is there, or put a variable into the alias.
    Alike(String, [AuthorizerAppId; 2]),
    /// A task ended by itself: a panic in what the fleet was given, or the end of the runtime.
    Broken(Box<dyn StdError + Send + Sync>),
    /// There is no blueprint in the journal yet.
    NoRelease,
    /// There is no blueprint before the one that is rolled out.
    NoPrevious,
}

impl FleetError {
    pub(crate) fn broken(error: JoinError) -> Self {
        Self::Broken(error.into())
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Corrupt(what) => write!(f, "the journal holds {what}, which this version does not know"),
            Self::Blueprint(error) => error.fmt(f),
            Self::List(line, what) => write!(f, "line {line} of the merchant list: {what}"),
            Self::Alike(alias, [one, other]) => write!(
                f,
                "{one} and {other} would both create the platform's environment {alias}; name its id, or put a \
                 variable into its alias"
            ),
            Self::Broken(error) => write!(f, "a task of the fleet ended by itself: {error}"),
            Self::NoRelease => f.write_str("the journal has no blueprint yet; apply one first"),
            Self::NoPrevious => f.write_str("there is no blueprint before this one to go back to"),
        }
    }
}

impl StdError for FleetError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Journal(error) => error.source(),
            Self::Broken(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<JournalError> for FleetError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<BlueprintError> for FleetError {
    fn from(error: BlueprintError) -> Self {
        Self::Blueprint(error)
    }
}
