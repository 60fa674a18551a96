use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use tcb_auth::{AuthError, ExchangeError};
use tcb_transport::{Phase, UrlError};
use tcb_types::{ApiError, TokenKind, TokenKinds};

use crate::links::StorageRefusal;

/// A call that brought no answer of its operation.
///
/// [`kind`](Self::kind) says what to do, [`api`](Self::api) what WeChat said, [`maybe_executed`](Self::maybe_executed) whether the
/// call may have had its effect. Nothing in it shows a token or another secret.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    operation: String,
    attempts: u32,
    retry_after: Option<Duration>,
    indeterminate: Option<Indeterminate>,
    storage: Option<StorageRefusal>,
    cause: Option<Cause>,
}

/// What lies under an [`Error`].
pub(crate) enum Cause {
    Auth(AuthError),
    Exchange(ExchangeError),
    TokenKind { needed: TokenKinds, found: TokenKind },
    Link(UrlError),
    Text(&'static str),
}

/// What kind of failure it is, and so what the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request breaks a documented limit, or cannot be written. Nothing was sent; correct the request.
    Request,
    /// The token source gave a token of a kind that the operation does not take. Nothing was sent; use the client of the platform or
    /// that of the account.
    TokenKind,
    /// No token could be had. Nothing was sent; [`Error::auth`] says what to do.
    Auth,
    /// WeChat refused the call and did not execute it. [`Error::api`] has the code, whose reaction says what to do.
    Refused,
    /// Too many calls for now. Not executed; wait for [`Error::retry_after`].
    RateLimited,
    /// The API could not be used, also not by repeating. Try again later; [`Error::maybe_executed`] says whether an idempotent write may
    /// have had its effect.
    Unavailable,
    /// A call that creates something may have been executed or not. Do not simply repeat it: read the state back, with
    /// [`Client::settle`](crate::Client::settle) where it can.
    Indeterminate,
    /// The answer is not one of the operation. Look who answers there; if it is WeChat, please report it.
    Malformed,
    /// An HTTP status that says the call was wrong (4xx). Look who answers there: WeChat does not use them.
    Http,
    /// The object storage refused a link, or the service for functions a signed upload. [`Error::storage`] says why: when the link has run out, ask for a new one and use that once;
    /// when nothing is there, nothing helps.
    Storage,
    /// A redirect, which is never followed because the token would go along. Look who answers there.
    RedirectRefused,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &str,
        attempts: u32,
        cause: impl Into<Option<Cause>>,
    ) -> Self {
        let inner = Inner {
            kind,
            operation: operation.to_owned(),
            attempts,
            retry_after: None,
            indeterminate: None,
            storage: None,
            cause: cause.into(),
        };
        Self { inner: Box::new(inner) }
    }

    #[must_use]
    pub(crate) fn retry_in(mut self, after: Option<Duration>) -> Self {
        self.inner.retry_after = after;
        self
    }

    #[must_use]
    pub(crate) fn indeterminate_since(mut self, sent_at: SystemTime, phase: Phase) -> Self {
        let rid = self.api().and_then(ApiError::rid).map(str::to_owned);
        let operation = self.inner.operation.clone();
        self.inner.indeterminate = Some(Indeterminate { operation, sent_at, phase, rid });
        self
    }

    /// Adds what the object storage answered to the error of a request to it.
    #[must_use]
    pub(crate) fn of_storage(mut self) -> Self {
        if let Some(ExchangeError::Status { status, excerpt, .. }) = self.exchange() {
            self.inner.storage = Some(StorageRefusal::read(status.as_u16(), excerpt));
            if self.inner.kind == ErrorKind::Http {
                self.inner.kind = ErrorKind::Storage;
            }
        }
        self
    }

    /// Says what a service of Tencent Cloud answered in place of a status.
    #[must_use]
    pub(crate) fn refused(mut self, refusal: StorageRefusal) -> Self {
        self.inner.storage = Some(refusal);
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Official name of the operation.
    pub fn operation(&self) -> &str {
        &self.inner.operation
    }

    /// How many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// What WeChat answered, if it answered a code. For [`ErrorKind::Auth`] it is the answer to the token call.
    pub fn api(&self) -> Option<&ApiError> {
        match self.inner.cause.as_ref()? {
            Cause::Auth(error) => error.api(),
            Cause::Exchange(error) => error.api(),
            _ => None,
        }
    }

    /// Why no token could be had.
    pub fn auth(&self) -> Option<&AuthError> {
        match self.inner.cause.as_ref()? {
            Cause::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// How the exchange with the API host failed.
    pub fn exchange(&self) -> Option<&ExchangeError> {
        match self.inner.cause.as_ref()? {
            Cause::Exchange(error) => Some(error),
            _ => None,
        }
    }

    /// What the object storage, or the service for functions, answered to an upload or a download, if it answered an error.
    pub fn storage(&self) -> Option<&StorageRefusal> {
        self.inner.storage.as_ref()
    }

    /// How long to wait before the next try makes sense, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after.or_else(|| self.auth()?.retry_after())
    }

    /// Whether the same call may be sent again later as it is, with no risk of doing something twice.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Unavailable | ErrorKind::RateLimited => true,
            ErrorKind::Auth => self.auth().is_some_and(AuthError::is_retryable),
            _ => false,
        }
    }

    /// Whether the call may have had its effect all the same.
    pub fn maybe_executed(&self) -> bool {
        if self.inner.indeterminate.is_some() {
            return true;
        }
        let unsettled = matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::Malformed);
        unsettled && self.exchange().is_some_and(|error| error.phase() != Phase::NotSent)
    }

    /// The facts about a call that may have been executed or not.
    pub fn indeterminate(&self) -> Option<&Indeterminate> {
        self.inner.indeterminate.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.inner.operation)?;
        f.write_str(match self.kind() {
            ErrorKind::Request => "the request cannot be sent",
            ErrorKind::TokenKind => "the token is of the wrong kind",
            ErrorKind::Auth => "no token could be had",
            ErrorKind::Refused => "WeChat refused the call",
            ErrorKind::RateLimited => "too many calls for now",
            ErrorKind::Unavailable => "the API could not be used",
            ErrorKind::Indeterminate => "the call may have been executed or not",
            ErrorKind::Malformed => "the answer cannot be read",
            ErrorKind::Http => "an unexpected HTTP status",
            ErrorKind::Storage => "the object storage refused the link",
            ErrorKind::RedirectRefused => "a redirect, which is not followed",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("operation", &self.inner.operation)
            .field("attempts", &self.inner.attempts)
            .field("retry_after", &self.retry_after())
            .field("indeterminate", &self.inner.indeterminate)
            .field("cause", &self.inner.cause)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.cause.as_ref().map(|cause| cause as _)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Exchange(error) => error.fmt(f),
            Self::TokenKind { needed, found } => {
                write!(f, "the operation takes {needed}, the source gave {found}")
            }
            Self::Link(error) => error.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Exchange(error) => error.fmt(f),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Auth(error) => error.source(),
            Self::Exchange(error) => error.source(),
            Self::TokenKind { .. } | Self::Link(_) | Self::Text(_) => None,
        }
    }
}

/// Facts about a call that may have been executed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indeterminate {
    /// Official name of the operation.
    pub operation: String,
    /// When the last attempt was sent.
    pub sent_at: SystemTime,
    /// How far it got.
    pub phase: Phase,
    /// WeChat's id of the request, if it answered one.
    pub rid: Option<String>,
}
