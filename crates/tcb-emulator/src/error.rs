use std::error::Error;
use std::{fmt, io};

/// Why the emulator could not be started, or why it refuses an instruction of a test.
///
/// What the emulator answers in WeChat's place is never such an error: that is an HTTP answer with
/// an `errcode`.
#[derive(Debug)]
pub struct EmulatorError {
    kind: EmulatorErrorKind,
    message: String,
    source: Option<io::Error>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmulatorErrorKind {
    /// The address could not be bound: choose another one, or port 0.
    Bind,
    /// The certificate for HTTPS could not be made or written: choose another file.
    Certificate,
    /// There is no tokio runtime: start the emulator inside one.
    NoRuntime,
    /// The address or URL is not on this machine; the emulator neither listens nor pushes
    /// elsewhere.
    NotLoopback,
    /// The platform has no callback URL: set one first.
    NoCallback,
    /// No platform has this appid.
    UnknownComponent,
    /// No merchant has this appid.
    UnknownMerchant,
    /// No prompt with this id is waiting.
    UnknownPrompt,
    /// No snapshot has this name.
    UnknownSnapshot,
    /// No push has this id, or it was forgotten.
    UnknownPush,
    /// The trace has no request with this id, or no longer.
    UnknownRequest,
    /// No assumption has this number, or it has no such variant.
    UnknownAssumption,
    /// The name or path belongs to nothing that is built; the message says what is near.
    UnknownPath,
    /// The merchant has not authorised the platform.
    NotAuthorized,
    /// Another platform holds a permission set that only one can hold for a merchant: cancel that
    /// authorisation first.
    ExclusiveSet,
    /// The pre-authorisation code is unknown, was used, or has run out: ask for another one.
    PreAuthCode,
    /// No cloud environment has this id.
    UnknownEnvironment,
    /// No open-platform account has this appid.
    UnknownOpenAccount,
    /// An argument is malformed; the message names it.
    Invalid,
}

impl EmulatorErrorKind {
    /// The name in answers of the admin API: `unknown_component`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Certificate => "certificate",
            Self::NoRuntime => "no_runtime",
            Self::NotLoopback => "not_loopback",
            Self::NoCallback => "no_callback",
            Self::UnknownComponent => "unknown_component",
            Self::UnknownMerchant => "unknown_merchant",
            Self::UnknownSnapshot => "unknown_snapshot",
            Self::UnknownPush => "unknown_push",
            Self::UnknownPrompt => "unknown_prompt",
            Self::UnknownRequest => "unknown_request",
            Self::UnknownAssumption => "unknown_assumption",
            Self::UnknownPath => "unknown_path",
            Self::NotAuthorized => "not_authorized",
            Self::ExclusiveSet => "exclusive_set",
            Self::PreAuthCode => "pre_auth_code",
            Self::UnknownEnvironment => "unknown_environment",
            Self::UnknownOpenAccount => "unknown_open_account",
            Self::Invalid => "invalid",
        }
    }
}

impl EmulatorError {
    pub(crate) fn new(kind: EmulatorErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn bind(message: impl Into<String>, source: io::Error) -> Self {
        Self { kind: EmulatorErrorKind::Bind, message: message.into(), source: Some(source) }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn certificate(message: impl Into<String>, source: io::Error) -> Self {
        Self { kind: EmulatorErrorKind::Certificate, message: message.into(), source: Some(source) }
    }

    /// What went wrong.
    pub fn kind(&self) -> EmulatorErrorKind {
        self.kind
    }
}

impl fmt::Display for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for EmulatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
