use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use tcb_transport::{Phase, Request, Response, Transport, TransportError};
use tcb_types::{
    AnswerError, ApiError, DecodeError, DecodeErrorKind, EncodeError, Operation, Scrubber, Secret,
    read_answer,
};

use crate::AccessToken;

/// The request of `operation`, without a token.
///
/// # Errors
///
/// When the operation breaks a documented limit; nothing was sent.
pub fn prepare<O: Operation>(operation: &O) -> Result<Request, EncodeError> {
    let mut request = Request::new(&O::SPEC).with_body(operation.body()?);
    for (name, value) in operation.query() {
        request = request.with_query(name, value);
    }
    Ok(request)
}

/// Sends `operation` once and reads its answer.
///
/// # Errors
///
/// An [`ExchangeError`]; its [phase](ExchangeError::phase) says whether the call may have been executed.
pub async fn exchange<O: Operation>(
    transport: &dyn Transport,
    token: Option<&AccessToken>,
    operation: &O,
    timeout: Option<Duration>,
) -> Result<O::Response, ExchangeError> {
    let mut request = prepare(operation).map_err(ExchangeError::Encode)?;
    if let Some(timeout) = timeout {
        request = request.with_timeout(timeout);
    }
    let mut answer = None;
    let mut read = |response: &Response, scrubber: &Scrubber<'_>| {
        answer = Some(read_answer::<O>(response.body(), scrubber)?);
        Ok(())
    };
    attempt(transport, request, token, &operation.secrets(), O::SPEC.secret_answer, &mut read).await?;
    answer.ok_or_else(|| {
        ExchangeError::Transport(TransportError::new(tcb_transport::TransportErrorKind::Truncated))
    })
}

/// Takes an answer whose status is a success.
pub type ReadAnswer<'a> = dyn FnMut(&Response, &Scrubber<'_>) -> Result<(), AnswerError> + Send + 'a;

/// Sends `request` once with `token` and lets `read` take the answer. It is the one place where an answer's status is judged and
/// where text of the server becomes part of an error: `secrets`, the token among them, are cut out, and nothing of the body is
/// kept when the answer itself is secret.
///
/// It is not generic, so that it is compiled once for all operations.
///
/// # Errors
///
/// As [`exchange`].
pub async fn attempt(
    transport: &dyn Transport,
    mut request: Request,
    token: Option<&AccessToken>,
    secrets: &[&Secret],
    secret_answer: bool,
    read: &mut ReadAnswer<'_>,
) -> Result<(), ExchangeError> {
    if let Some(token) = token {
        request = request.with_token(token.query_token().clone());
    }
    let response = transport.send(request).await.map_err(ExchangeError::Transport)?;
    let scrubber = Scrubber::new(secrets);
    let scrubber = token.map_or(scrubber, |token| scrubber.with_token(token.value().as_ref()));
    let excerpt = |response: &Response| {
        if secret_answer { String::new() } else { scrubber.excerpt(response.body()) }
    };
    if !response.status().is_success() {
        return Err(ExchangeError::Status {
            status: response.status(),
            retry_after: response.retry_after(),
            excerpt: excerpt(&response),
        });
    }
    read(&response, &scrubber).map_err(|error| match error {
        AnswerError::Api(error) => ExchangeError::Api(error),
        // Of compressed bytes nothing can be read.
        AnswerError::Malformed(error) if error.kind() == DecodeErrorKind::Compressed => {
            ExchangeError::Malformed { error, excerpt: String::new() }
        }
        AnswerError::Malformed(error) => ExchangeError::Malformed { error, excerpt: excerpt(&response) },
    })
}

/// Why one attempt of a call brought no answer of its operation.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The request breaks a documented limit.
    Encode(EncodeError),
    /// The wire failed.
    Transport(TransportError),
    /// The HTTP status is not a success. Redirects end here too: they are never followed.
    Status {
        /// The status.
        status: StatusCode,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The first bytes of the body, without secrets; empty when the answer itself is secret.
        excerpt: String,
    },
    /// The body is not an answer of the operation.
    Malformed {
        /// Where and how.
        error: DecodeError,
        /// The first bytes of the body, without secrets; empty when the answer itself is secret.
        excerpt: String,
    },
    /// WeChat answered a code other than 0.
    Api(ApiError),
}

impl ExchangeError {
    /// How far the attempt got.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Encode(_) => Phase::NotSent,
            Self::Transport(error) => error.phase(),
            Self::Malformed { .. } => Phase::AnswerBroken,
            Self::Status { .. } | Self::Api(_) => Phase::Answered,
        }
    }

    /// What WeChat answered, if it did.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(_) => f.write_str("the request cannot be sent"),
            Self::Transport(_) => f.write_str("the exchange with the API host failed"),
            Self::Status { status, excerpt, .. } if excerpt.is_empty() => write!(f, "HTTP status {status}"),
            Self::Status { status, excerpt, .. } => write!(f, "HTTP status {status}: {excerpt}"),
            Self::Malformed { excerpt, .. } if excerpt.is_empty() => f.write_str("the answer cannot be read"),
            Self::Malformed { excerpt, .. } => write!(f, "the answer cannot be read: {excerpt}"),
            Self::Api(_) => f.write_str("WeChat refused the call"),
        }
    }
}

impl Error for ExchangeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode(error) => Some(error),
            Self::Transport(error) => Some(error),
            Self::Malformed { error, .. } => Some(error),
            Self::Api(error) => Some(error),
            Self::Status { .. } => None,
        }
    }
}
