use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use tcb_auth::AuthError;
use tcb_transport::{AttemptError, AttemptErrorKind, Phase, TransportErrorKind, UrlError};
use tcb_types::{ApiError, Reaction, TokenKind, TokenKinds};

/// A call that did not bring the answer of its operation.
///
/// [`kind`](Self::kind) says what to do, [`api`](Self::api) what WeChat said,
/// [`maybe_executed`](Self::maybe_executed) whether the call may have had its effect. Nothing in it
/// shows a token or another secret.
///
/// An error of kind [`Indeterminate`](ErrorKind::Indeterminate) is settled with
/// [`Client::settle`](crate::Client::settle), which needs the error; it can be neither stored nor
/// recreated. What has to be settled after a restart is recorded before it is sent, and settled
/// with [`Client::settle_since`](crate::Client::settle_since).
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

/// What an [`Error`] is made of.
pub(crate) enum Cause {
    Auth(AuthError),
    Attempt(AttemptError),
    TokenKind { needed: TokenKinds, found: TokenKind },
    Link(UrlError),
    Io(std::io::Error),
    Text(&'static str),
}

/// What kind of failure it is, and so what the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request breaks a documented limit, or cannot be written. Nothing was sent; correct the
    /// request.
    Request,
    /// The token source gave a token of a kind that the operation does not take. Nothing was sent;
    /// use the client of the platform or that of the account.
    TokenKind,
    /// There was no token to send with. Nothing was sent; [`Error::auth`] says what to do.
    Auth,
    /// WeChat refused the call and did not execute it. [`Error::api`] has the code, whose reaction
    /// says what to do.
    Refused,
    /// Too many calls for now. The call was not executed; wait for [`Error::retry_after`].
    RateLimited,
    /// The API could not be used, even after repeating the call. Try again later;
    /// [`Error::maybe_executed`] says whether an idempotent write may have had its effect.
    Unavailable,
    /// A call that creates something may have been executed or not. Do not simply repeat it: read
    /// the state back, with [`Client::settle`](crate::Client::settle) where it can, after a restart
    /// with [`Client::settle_since`](crate::Client::settle_since).
    Indeterminate,
    /// The answer does not fit the operation. Check which server answered; if it was WeChat, please
    /// report it.
    Malformed,
    /// An HTTP status that says the call was wrong (4xx). Check which server answered: WeChat does
    /// not use these.
    Http,
    /// The object storage refused a link, or the service for functions a signed upload.
    /// [`Error::storage`] says why: when the link has expired, ask for a new one and use that once;
    /// when there is no such file, no new link will help.
    Storage,
    /// What was to be uploaded could not be read or had another length than was said, or what was
    /// downloaded could not be written. Nothing is stored; correct the source or the place, which
    /// the error names.
    Content,
    /// A redirect, which is never followed because the token would go along. Check which server
    /// answered. For a call that creates something it is [`Indeterminate`](Self::Indeterminate), as
    /// are the statuses 408, 409, 425 and 499: a gateway may send these after the call was
    /// executed.
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
        if let Some(failure) = self.attempt()
            && let AttemptErrorKind::Status(status) = failure.kind()
        {
            self.inner.storage = Some(StorageRefusal::read(status.as_u16(), failure.excerpt()));
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

    /// What WeChat answered, if it answered a code. For [`ErrorKind::Auth`] it is the answer to the
    /// token call.
    pub fn api(&self) -> Option<&ApiError> {
        match self.inner.cause.as_ref()? {
            Cause::Auth(error) => error.api(),
            Cause::Attempt(error) => error.api(),
            _ => None,
        }
    }

    /// Why there was no token.
    pub fn auth(&self) -> Option<&AuthError> {
        match self.inner.cause.as_ref()? {
            Cause::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// How the last attempt failed.
    pub fn attempt(&self) -> Option<&AttemptError> {
        match self.inner.cause.as_ref()? {
            Cause::Attempt(error) => Some(error),
            _ => None,
        }
    }

    /// What the object storage, or the service for functions, answered to an upload or a download,
    /// if it answered an error.
    pub fn storage(&self) -> Option<&StorageRefusal> {
        self.inner.storage.as_ref()
    }

    /// How long to wait before another try makes sense, if that is known. It is `None` for a daily
    /// or monthly quota (45009) too: WeChat does not say when that starts over.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after.or_else(|| self.auth()?.retry_after())
    }

    /// Returns whether the same call may be sent again later, unchanged, without a risk of doing
    /// something twice.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Unavailable | ErrorKind::RateLimited => true,
            ErrorKind::Auth => self.auth().is_some_and(AuthError::is_retryable),
            _ => false,
        }
    }

    /// Returns whether the call may have had its effect nevertheless.
    pub fn maybe_executed(&self) -> bool {
        if self.inner.indeterminate.is_some() {
            return true;
        }
        let unsettled = matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::Malformed);
        unsettled && self.attempt().is_some_and(|error| error.phase() != Phase::NotSent)
    }

    /// The facts about a call that may have been executed or not.
    pub fn indeterminate(&self) -> Option<&Indeterminate> {
        self.inner.indeterminate.as_ref()
    }
}

/// Names the kind, without the operation and without advice.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request cannot be sent",
            Self::TokenKind => "the token is of the wrong kind",
            Self::Auth => "no token could be had",
            Self::Refused => "WeChat refused the call",
            Self::RateLimited => "too many calls for now",
            Self::Unavailable => "the API could not be used",
            Self::Indeterminate => "the call may have been executed or not",
            Self::Malformed => "the answer cannot be read",
            Self::Http => "what answered is not the API",
            Self::Storage => "the object storage refused the link",
            Self::Content => "the content cannot be read or written",
            Self::RedirectRefused => "a redirect, which is not followed",
        })
    }
}

/// The operation, what happened, WeChat's code and text or the HTTP status where there is one, and
/// what to do. What lies under it and is not told here, such as how a connection broke, is the
/// [source](StdError::source).
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.inner.operation, self.kind())?;
        self.write_detail(f)?;
        write!(f, "; {}", self.advice())?;
        match self.retry_after() {
            Some(wait) => write!(f, ", in {} s at the earliest", wait.as_secs().max(1)),
            None => Ok(()),
        }
    }
}

impl Error {
    fn write_detail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(refusal) = &self.inner.storage {
            return write!(f, ": {refusal}");
        }
        match &self.inner.cause {
            Some(Cause::Attempt(failure)) => match (failure.kind(), failure.source()) {
                (AttemptErrorKind::Malformed, _) if !failure.excerpt().is_empty() => {
                    write!(f, ": {}", failure.excerpt())
                }
                (AttemptErrorKind::Transport(_), Some(error)) => match too_large(failure) {
                    Some(why) => write!(f, ": {error}: {why}"),
                    None => Ok(()),
                },
                (AttemptErrorKind::Request | AttemptErrorKind::Api(_), Some(error)) => write!(f, ": {error}"),
                (AttemptErrorKind::Status(_), _) => write!(f, ": {failure}"),
                _ => Ok(()),
            },
            Some(Cause::Auth(error)) => write!(f, ": {error}"),
            _ => Ok(()),
        }
    }

    /// What to do, in words.
    fn advice(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Request => "correct it",
            ErrorKind::TokenKind => "use the client of the platform, or that of the account",
            ErrorKind::Auth if self.is_retryable() => "it was not executed; try again later",
            ErrorKind::Auth => "it was not executed",
            ErrorKind::Refused => {
                self.api().map_or("do not repeat it as it is", |api| remedy(api.reaction()))
            }
            ErrorKind::RateLimited => "wait and try again",
            ErrorKind::Unavailable => "try again later",
            ErrorKind::Indeterminate => "do not repeat it, read the state back",
            ErrorKind::Malformed | ErrorKind::Http | ErrorKind::RedirectRefused => {
                "check which server answered"
            }
            ErrorKind::Content => "correct where it comes from or goes to",
            ErrorKind::Storage => "ask for a new link, or look whether anything is there",
        }
    }
}

/// What a refusal by size says of size, cap and setting.
fn too_large(failure: &AttemptError) -> Option<&(dyn StdError + 'static)> {
    let error = failure.source()?.source()?;
    (failure.kind() == AttemptErrorKind::Transport(TransportErrorKind::TooLarge)).then_some(error)
}

fn remedy(reaction: Reaction) -> &'static str {
    match reaction {
        Reaction::Absent => "there is none",
        Reaction::WaitForTicket => "wait for the next ticket",
        Reaction::AlreadyDone => "it was done before; read the state back",
        Reaction::RetryLater => "try again later",
        Reaction::RefreshTokenAndRetry => "the token is refused; get another one",
        Reaction::QuotaOrFrequency => "wait for the next minute, day or month",
        Reaction::ConfigurePlatform => "the platform's operator has to change its configuration",
        Reaction::Permission => "the merchant has to grant a permission set that allows it",
        Reaction::NotAuthorized => "stop all work for the account",
        Reaction::Reauthorize => "the merchant has to authorise the platform again",
        Reaction::MerchantAction => "the merchant or its administrator has to act outside the API",
        _ => "correct the call, or what it is about",
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
    /// What lies under what [`Display`](fmt::Display) tells, never the same again.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.inner.cause.as_ref()? {
            Cause::Auth(error) => error.source(),
            Cause::Attempt(failure) => match failure.kind() {
                AttemptErrorKind::Transport(_) if too_large(failure).is_none() => failure.source(),
                AttemptErrorKind::Malformed => failure.source(),
                _ => None,
            },
            cause => Some(cause),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Attempt(error) => error.fmt(f),
            Self::TokenKind { needed, found } => {
                write!(f, "the operation takes {needed}, the source gave {found}")
            }
            Self::Link(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Attempt(error) => error.fmt(f),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl StdError for Cause {}

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

/// What the object storage answered when it refused a link.
///
/// The storage is Tencent Cloud's, which answers errors in XML with codes of its own, such as
/// `AccessDenied` for a link that has run out, `SignatureDoesNotMatch` and `NoSuchKey`. Match on
/// [`status`](Self::status) first: 403 is the link, 404 the file. The service for functions, which
/// takes code, answers 200 and a code such as `AuthFailure.SignatureExpire`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageRefusal {
    /// HTTP status.
    pub status: u16,
    /// The storage's code, if its answer has one.
    pub code: Option<String>,
    /// Its text, without secrets.
    pub message: Option<String>,
}

impl StorageRefusal {
    /// Reads the beginning of an answer, from which the secrets have been cut out.
    pub(crate) fn read(status: u16, excerpt: &str) -> Self {
        let member = |name: &str| {
            let start = excerpt.find(&format!("<{name}>"))? + name.len() + 2;
            let length = excerpt[start..].find("</")?;
            Some(excerpt[start..start + length].trim().to_owned()).filter(|text| !text.is_empty())
        };
        Self { status, code: member("Code"), message: member("Message") }
    }
}

impl fmt::Display for StorageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        for part in [&self.code, &self.message].into_iter().flatten() {
            write!(f, ": {part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_text_are_read() {
        let answer = "<?xml version='1.0' encoding='utf-8' ?> <Error> <Code>AccessDenied</Code> \
                      <Message>Request has expired</Message> <Resource>cos.example/a</Resource> </Error>";
        let refusal = StorageRefusal::read(403, answer);
        assert_eq!(refusal.code.as_deref(), Some("AccessDenied"));
        assert_eq!(refusal.message.as_deref(), Some("Request has expired"));
        assert_eq!(refusal.to_string(), "HTTP status 403: AccessDenied: Request has expired");
    }

    #[test]
    fn any_other_answer_is_a_status_alone() {
        for answer in ["", "<html>", "<Code></Code>", "<Code>AccessDen", "</Code><Code>"] {
            let refusal = StorageRefusal::read(404, answer);
            assert_eq!((refusal.status, refusal.code, refusal.message), (404, None, None), "{answer}");
        }
    }
}
