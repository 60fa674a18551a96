//! One attempt of a call: a request goes out, and an answer or an error comes back.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use tcb_types::{
    ApiError, DecodeError, DecodeErrorKind, EncodeError, ErrCode, Operation, ResponseError, Scrubber, Secret,
    read_response,
};

use crate::{Phase, QueryToken, Request, Response, Transport, TransportError, TransportErrorKind, telemetry};

/// The request of `operation`, without a token.
///
/// # Errors
///
/// When the operation breaks a documented limit; nothing was sent.
pub fn prepare<O: Operation>(operation: &O) -> Result<Request, EncodeError> {
    let mut request = Request::new(&O::SPEC).body(operation.body()?);
    for (name, value) in operation.query() {
        request = request.query(name, value);
    }
    Ok(request)
}

/// Sends `operation` once and reads its answer. Nothing is repeated, and the token is whatever the
/// caller has.
///
/// # Errors
///
/// An [`AttemptError`]; its [phase](AttemptError::phase) says whether the call may have been
/// executed.
pub async fn call_once<O: Operation>(
    transport: &dyn Transport,
    token: Option<&QueryToken>,
    operation: &O,
    timeout: Option<Duration>,
) -> Result<O::Response, AttemptError> {
    let mut request = prepare(operation)?;
    if let Some(timeout) = timeout {
        request = request.timeout(timeout);
    }
    let secrets = operation.secrets();
    let response = attempt(transport, request, token, &secrets, O::SPEC.secret_response).await?;
    response.read(|response, scrubber| read_response::<O>(response.body(), scrubber))
}

/// Sends `request` once with `token`. Whatever the server says is kept apart from `secrets` and the
/// token: they are cut out of every error, and nothing of the body is kept when the answer itself
/// is secret.
///
/// It is not generic, so that it is compiled once for all operations.
///
/// # Errors
///
/// An [`AttemptError`], when there is no answer or its HTTP status is not a success.
pub fn attempt<'a>(
    transport: &'a dyn Transport,
    mut request: Request,
    token: Option<&'a QueryToken>,
    secrets: &'a [&'a Secret],
    secret_response: bool,
) -> impl Future<Output = Result<CheckedResponse<'a>, AttemptError>> + Send {
    if let Some(token) = token {
        request.set_token(token.clone());
    }
    let watch = telemetry::Attempt::begin(&request);
    // Outside of the future, which would carry the request along.
    let answer = transport.send(request);
    async move {
        let outcome = answer.await;
        watch.end(&outcome);
        let response = outcome?;
        let scrubber = Scrubber::new(secrets);
        let scrubber = token.map_or(scrubber, |token| scrubber.token(token.value().as_ref()));
        let response = CheckedResponse { response, scrubber, secret_response };
        if response.response.status().is_success() { Ok(response) } else { Err(response.refused()) }
    }
}

/// What answered an attempt with a status of success, before anything of it was read.
#[derive(Debug)]
pub struct CheckedResponse<'a> {
    response: Response,
    scrubber: Scrubber<'a>,
    secret_response: bool,
}

impl CheckedResponse<'_> {
    /// What `read` makes of the answer, for example with [`read_response`].
    ///
    /// # Errors
    ///
    /// An [`AttemptError`] of kind [`Api`](AttemptErrorKind::Api) or
    /// [`Malformed`](AttemptErrorKind::Malformed), without secrets.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Response, &Scrubber<'_>) -> Result<T, ResponseError>,
    ) -> Result<T, AttemptError> {
        read(&self.response, &self.scrubber).map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: ResponseError) -> AttemptError {
        match error {
            ResponseError::Api(error) => error.into(),
            // Of compressed bytes nothing can be read.
            ResponseError::Malformed(error) if error.kind() == DecodeErrorKind::Compressed => {
                AttemptError::malformed(error, String::new())
            }
            ResponseError::Malformed(error) => AttemptError::malformed(error, self.excerpt()),
        }
    }

    fn refused(&self) -> AttemptError {
        AttemptError::status(self.response.status(), self.response.retry_after(), self.excerpt())
    }

    fn excerpt(&self) -> String {
        if self.secret_response { String::new() } else { self.scrubber.excerpt(self.response.body()) }
    }
}

/// Why one attempt of a call brought no answer of its operation. Nothing in it shows a secret.
#[derive(Debug)]
pub struct AttemptError(Cause);

#[derive(Debug)]
enum Cause {
    Request(EncodeError),
    Transport(TransportError),
    Status { status: StatusCode, retry_after: Option<Duration>, excerpt: String },
    Malformed { error: DecodeError, excerpt: String },
    Api(ApiError),
}

/// What kind of failure an attempt ended in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptErrorKind {
    /// The request breaks a documented limit. Nothing was sent; correct it.
    Request,
    /// The wire failed.
    Transport(TransportErrorKind),
    /// The HTTP status is not a success. Redirects end here too: they are never followed.
    Status(StatusCode),
    /// The body is not an answer of the operation. Check which server answered.
    Malformed,
    /// WeChat answered a code other than 0.
    Api(ErrCode),
}

impl AttemptError {
    /// An HTTP status that is not a success, with how long the server asks to wait and the first
    /// bytes of its body, without secrets.
    pub fn status(status: StatusCode, retry_after: Option<Duration>, excerpt: String) -> Self {
        Self(Cause::Status { status, retry_after, excerpt })
    }

    /// A body that is not an answer, with its first bytes, without secrets.
    pub fn malformed(error: DecodeError, excerpt: String) -> Self {
        Self(Cause::Malformed { error, excerpt })
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> AttemptErrorKind {
        match &self.0 {
            Cause::Request(_) => AttemptErrorKind::Request,
            Cause::Transport(error) => AttemptErrorKind::Transport(error.kind()),
            Cause::Status { status, .. } => AttemptErrorKind::Status(*status),
            Cause::Malformed { .. } => AttemptErrorKind::Malformed,
            Cause::Api(error) => AttemptErrorKind::Api(error.code()),
        }
    }

    /// How far the attempt got.
    pub fn phase(&self) -> Phase {
        match &self.0 {
            Cause::Request(_) => Phase::NotSent,
            Cause::Transport(error) => error.phase(),
            Cause::Malformed { .. } => Phase::AnswerBroken,
            Cause::Status { .. } | Cause::Api(_) => Phase::Answered,
        }
    }

    /// What WeChat answered, if it did.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.0 {
            Cause::Api(error) => Some(error),
            _ => None,
        }
    }

    /// How long the server asks to wait, if its status came with that.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.0 {
            Cause::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The first bytes of a body that was no answer, without secrets; empty when there is none, or
    /// when the answer itself is secret.
    pub fn excerpt(&self) -> &str {
        match &self.0 {
            Cause::Status { excerpt, .. } | Cause::Malformed { excerpt, .. } => excerpt,
            _ => "",
        }
    }
}

impl From<EncodeError> for AttemptError {
    fn from(error: EncodeError) -> Self {
        Self(Cause::Request(error))
    }
}

impl From<TransportError> for AttemptError {
    fn from(error: TransportError) -> Self {
        Self(Cause::Transport(error))
    }
}

impl From<ApiError> for AttemptError {
    fn from(error: ApiError) -> Self {
        Self(Cause::Api(error))
    }
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Request(_) => f.write_str("the request cannot be sent"),
            Cause::Transport(_) => f.write_str("the exchange with the API host failed"),
            Cause::Status { status, .. } => write!(f, "HTTP status {status}"),
            Cause::Malformed { .. } => f.write_str("the answer cannot be read"),
            Cause::Api(_) => f.write_str("WeChat refused the call"),
        }?;
        if self.excerpt().is_empty() { Ok(()) } else { write!(f, ": {}", self.excerpt()) }
    }
}

impl Error for AttemptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::Request(error) => Some(error),
            Cause::Transport(error) => Some(error),
            Cause::Malformed { error, .. } => Some(error),
            Cause::Api(error) => Some(error),
            Cause::Status { .. } => None,
        }
    }
}
