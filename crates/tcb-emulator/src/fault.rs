use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{EmulatorError, EmulatorErrorKind, routes};

/// A rule that makes a number of calls of one path go wrong.
///
/// Rules for the same path are used up in the order in which they were set.
///
/// ```
/// use tcb_emulator::Fault;
///
/// // The next two calls get -1 and are not carried out.
/// let busy = Fault::errcode("/tcb/createfunction", -1).times(2);
/// // The next call is carried out, but its answer is lost.
/// let lost = Fault::commit_then_drop("/tcb/createenvandresource");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Fault {
    /// Path of a built operation, without query; `/_emu/storage` for all requests to the storage.
    pub path: String,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How many calls it hits; 1 by default.
    #[serde(default = "once")]
    pub times: u32,
}

/// What a [`Fault`] does to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Answers this code; the call is not carried out.
    Errcode {
        /// The code; 0 would be a forged success and is refused.
        code: i64,
    },
    /// Carries the call out and closes the connection instead of answering.
    CommitThenDrop,
    /// Closes the connection; the call is not carried out.
    DropBefore,
    /// Answers this status and text, as a gateway in front of WeChat does; the call is not carried
    /// out.
    Http {
        /// The HTTP status, 200 to 599.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// Waits in real time, then carries the call out.
    Delay {
        /// How long.
        millis: u64,
    },
}

impl FaultKind {
    /// The name in the admin API: `errcode`, …
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Errcode { .. } => "errcode",
            Self::CommitThenDrop => "commit_then_drop",
            Self::DropBefore => "drop_before",
            Self::Http { .. } => "http",
            Self::Delay { .. } => "delay",
        }
    }
}

fn once() -> u32 {
    1
}

impl Fault {
    fn new(path: impl Into<String>, kind: FaultKind) -> Self {
        Self { path: path.into(), kind, times: 1 }
    }

    /// Answers `code` instead of carrying the call out.
    pub fn errcode(path: impl Into<String>, code: i64) -> Self {
        Self::new(path, FaultKind::Errcode { code })
    }

    /// Carries the call out and closes the connection instead of answering.
    pub fn commit_then_drop(path: impl Into<String>) -> Self {
        Self::new(path, FaultKind::CommitThenDrop)
    }

    /// Closes the connection before the call is carried out.
    pub fn drop_before(path: impl Into<String>) -> Self {
        Self::new(path, FaultKind::DropBefore)
    }

    /// Answers `status` and `body` instead of carrying the call out.
    pub fn http(path: impl Into<String>, status: u16, body: impl Into<String>) -> Self {
        Self::new(path, FaultKind::Http { status, body: body.into() })
    }

    /// Waits `delay` of real time before the call is carried out.
    pub fn delay(path: impl Into<String>, delay: Duration) -> Self {
        Self::new(path, FaultKind::Delay { millis: crate::time::millis(delay) })
    }

    /// Hits this many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Checks that the rule makes sense; its path is checked elsewhere.
    pub(crate) fn check(&self) -> Result<(), EmulatorError> {
        let is_storage = self.path == routes::STORAGE;
        let wrong = match self.kind {
            _ if self.times == 0 => Some("a fault hits at least one call"),
            FaultKind::Errcode { .. } if is_storage => Some("the storage answers no errcode"),
            FaultKind::Errcode { code: 0 } => Some("errcode 0 would be a forged success"),
            FaultKind::Http { status, .. } if !(200..=599).contains(&status) => {
                Some("an HTTP status lies between 200 and 599")
            }
            _ => None,
        };
        wrong.map_or(Ok(()), |message| Err(EmulatorError::new(EmulatorErrorKind::Invalid, message)))
    }
}
