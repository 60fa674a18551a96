//! What goes wrong on purpose.

pub(crate) mod body;
mod name;
pub(crate) mod rules;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use name::{ALL_CALLS, ALL_PUSHES, resolve};

use crate::{EmulatorError, EmulatorErrorKind, routes};

/// A rule that makes calls or pushes go wrong. What it hits is decided by counting and by the
/// emulator's clock, never by chance.
///
/// Of several rules that fit, the first that is due hits; those after it do not see the call.
///
/// ```
/// use tcb_emulator::Fault;
///
/// // The next two calls get -1 and are not carried out.
/// let busy = Fault::errcode("createFunction", -1).times(2);
/// // The next call is carried out, but its answer is lost.
/// let lost = Fault::commit_then_drop("/tcb/createenvandresource");
/// // Every third call of one merchant, whatever the operation, as long as the rule stands.
/// let limited = Fault::errcode("*", 45009).of("wxemu0123456789abc").every(3);
/// // No ticket comes for thirteen hours.
/// let silent = Fault::withhold("component_verify_ticket").between(1_700_000_000, 1_700_046_800);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Fault {
    /// What it hits: the path or the official id of an operation that is built, `*` for all of
    /// them, `/_emu/storage` for the storage, an event (`component_verify_ticket`, `authorized`,
    /// `updateauthorized`, `unauthorized`), or `callbacks` for all events.
    pub target: String,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// The account that it is restricted to, by its appid: a merchant, also where the platform acts
    /// for it, or a platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// How many it hits. Without this, `every`, `from` and `until` it is one, else any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Of those that fit, it hits every so-many-th alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// From when on, in Unix seconds of the emulator's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Until when, in Unix seconds of the emulator's clock; that second is no part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// What a [`Fault`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// A call gets this code and is not carried out.
    Errcode {
        /// The code; 0 would be a forged success and is refused.
        code: i64,
    },
    /// The token that a call carries ends before its time: this call and later ones with it get
    /// 42001.
    ExpireToken,
    /// A call is carried out, and the connection is reset instead of an answer.
    CommitThenDrop,
    /// The connection is reset, and the call not carried out.
    DropBefore,
    /// A call is never answered: the connection stays until the client gives up or the emulator
    /// closes.
    TimeOut {
        /// Whether it is carried out.
        #[serde(default)]
        commit: bool,
    },
    /// A call is carried out, and the connection closed after half of the answer, whose head
    /// promises all of it.
    Truncate,
    /// A call gets this status and text, as from a gateway in front of WeChat, and is not carried
    /// out.
    Http {
        /// The HTTP status, 200 to 599; 502 by default.
        #[serde(default = "bad_gateway")]
        status: u16,
        /// The body; a page in HTML by default.
        #[serde(default = "gateways_page")]
        body: String,
    },
    /// A call is carried out, and its answer comes in pieces.
    Drip {
        /// The length of a piece, at least 1.
        bytes: usize,
        /// The pause in front of each piece.
        millis: u64,
        /// Whether the pause is one of the emulator's clock; else it is real.
        #[serde(default)]
        emulated: bool,
    },
    /// A call is carried out after a while.
    Delay {
        /// How long.
        millis: u64,
        /// Whether the while is one of the emulator's clock; else it is real.
        #[serde(default)]
        emulated: bool,
    },
    /// A push comes with a signature that does not fit.
    BadSignature,
    /// A push is encrypted with the key that the platform had before
    /// [`change_aes_key`](crate::Emulator::change_aes_key), or, if it never had another, with one
    /// that nobody knows.
    FormerKey,
    /// A push comes twice, one right after the other.
    Duplicate,
    /// A push comes after the next one to the same platform.
    Reorder,
    /// A push comes later, by the emulator's clock.
    Postpone {
        /// How much.
        seconds: u64,
    },
    /// A push does not come at all.
    Withhold,
}

impl FaultKind {
    /// The name in the admin API: `errcode`, …
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Errcode { .. } => "errcode",
            Self::ExpireToken => "expire_token",
            Self::CommitThenDrop => "commit_then_drop",
            Self::DropBefore => "drop_before",
            Self::TimeOut { .. } => "time_out",
            Self::Truncate => "truncate",
            Self::Http { .. } => "http",
            Self::Drip { .. } => "drip",
            Self::Delay { .. } => "delay",
            Self::BadSignature => "bad_signature",
            Self::FormerKey => "former_key",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Postpone { .. } => "postpone",
            Self::Withhold => "withhold",
        }
    }

    /// Whether it happens to pushes; else it happens to calls.
    fn is_of_pushes(&self) -> bool {
        matches!(
            self,
            Self::BadSignature
                | Self::FormerKey
                | Self::Duplicate
                | Self::Reorder
                | Self::Postpone { .. }
                | Self::Withhold
        )
    }
}

fn bad_gateway() -> u16 {
    502
}

fn gateways_page() -> String {
    "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"
        .to_owned()
}

impl Fault {
    /// A rule that hits the next call or push of `target`.
    pub fn new(target: impl Into<String>, kind: FaultKind) -> Self {
        let target = target.into();
        Self { target, kind, appid: None, times: None, every: None, from: None, until: None }
    }

    /// Answers `code` instead of carrying the call out.
    pub fn errcode(target: impl Into<String>, code: i64) -> Self {
        Self::new(target, FaultKind::Errcode { code })
    }

    /// Ends the token that a call carries before its time.
    pub fn expire_token(target: impl Into<String>) -> Self {
        Self::new(target, FaultKind::ExpireToken)
    }

    /// Carries the call out and resets the connection instead of answering.
    pub fn commit_then_drop(target: impl Into<String>) -> Self {
        Self::new(target, FaultKind::CommitThenDrop)
    }

    /// Resets the connection before the call is carried out.
    pub fn drop_before(target: impl Into<String>) -> Self {
        Self::new(target, FaultKind::DropBefore)
    }

    /// Never answers; the call is not carried out.
    pub fn time_out(target: impl Into<String>) -> Self {
        Self::new(target, FaultKind::TimeOut { commit: false })
    }

    /// Carries the call out and breaks off in the middle of the answer.
    pub fn truncate(target: impl Into<String>) -> Self {
        Self::new(target, FaultKind::Truncate)
    }

    /// Answers `status` and `body` instead of carrying the call out.
    pub fn http(target: impl Into<String>, status: u16, body: impl Into<String>) -> Self {
        Self::new(target, FaultKind::Http { status, body: body.into() })
    }

    /// Answers HTTP 502 with a page in HTML instead of carrying the call out.
    pub fn bad_gateway(target: impl Into<String>) -> Self {
        Self::http(target, bad_gateway(), gateways_page())
    }

    /// Sends the answer in pieces of so many bytes, with a pause of real time in front of each.
    pub fn drip(target: impl Into<String>, bytes: usize, pause: Duration) -> Self {
        Self::new(target, FaultKind::Drip { bytes, millis: crate::time::millis(pause), emulated: false })
    }

    /// Waits `delay` of real time before the call is carried out.
    pub fn delay(target: impl Into<String>, delay: Duration) -> Self {
        Self::new(target, FaultKind::Delay { millis: crate::time::millis(delay), emulated: false })
    }

    /// Does not send a push.
    pub fn withhold(event: impl Into<String>) -> Self {
        Self::new(event, FaultKind::Withhold)
    }

    /// Hits this many.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits every `n`th of those that fit, as long as the rule stands unless [`times`](Self::times)
    /// says otherwise.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.every = Some(n);
        self
    }

    /// Hits from one second of the emulator's clock on until another, and nothing before or after.
    #[must_use]
    pub fn between(mut self, from: u64, until: u64) -> Self {
        (self.from, self.until) = (Some(from), Some(until));
        self
    }

    /// Restricts the rule to one account.
    #[must_use]
    pub fn of(mut self, appid: impl Into<String>) -> Self {
        self.appid = Some(appid.into());
        self
    }

    /// Reads a rule of the admin API.
    ///
    /// # Errors
    /// [`Invalid`](EmulatorErrorKind::Invalid) for a member that a rule of this kind does not have;
    /// serde cannot refuse it in a flattened struct.
    pub(crate) fn read(members: Map<String, Value>) -> Result<Self, EmulatorError> {
        let given: Vec<String> =
            members.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()).collect();
        let fault: Self = serde_json::from_value(Value::Object(members))
            .map_err(|error| invalid(format!("a fault does not fit: {error}")))?;
        let written = serde_json::to_value(&fault).unwrap_or_default();
        match given.iter().find(|name| written.get(name).is_none()) {
            Some(name) => {
                Err(invalid(format!("a fault of the kind {} has no member {name:?}", fault.kind.as_str())))
            }
            None => Ok(fault),
        }
    }

    /// Checks that the rule makes sense for its target, which is [resolved](resolve).
    pub(crate) fn check(&self) -> Result<(), EmulatorError> {
        let (is_storage, is_event) = (self.target == routes::STORAGE, name::is_event(&self.target));
        let wrong = match self.kind {
            _ if self.kind.is_of_pushes() && !is_event => "it happens to pushes, and the target is none",
            _ if !self.kind.is_of_pushes() && is_event => "it happens to calls, and the target is a push",
            _ if self.times == Some(0) => "a fault hits at least one",
            _ if self.every == Some(0) => "`every` is at least 1",
            _ if self.from.zip(self.until).is_some_and(|(from, until)| from >= until) => {
                "its time ends before it begins"
            }
            _ if is_storage && self.appid.is_some() => "the storage knows no accounts",
            FaultKind::Errcode { .. } | FaultKind::ExpireToken if is_storage => {
                "the storage has no codes and no tokens"
            }
            FaultKind::Errcode { code: 0 } => "errcode 0 would be a forged success",
            FaultKind::Http { status, .. } if !(200..=599).contains(&status) => {
                "an HTTP status lies between 200 and 599"
            }
            FaultKind::Drip { bytes: 0, .. } => "a piece has at least one byte",
            _ => return Ok(()),
        };
        Err(invalid(format!("{}: {wrong}", self.kind.as_str())))
    }
}

fn invalid(message: String) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::Invalid, message)
}
