use std::error::Error;
use std::fmt;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, header};
use http_body_util::BodyExt;
use tcb_types::Method;
use tokio::runtime::Handle;

use super::BoxError;
use super::arriving::Patience;
use super::options::HttpOptions;
use super::sending::{Flow, Sending};
use crate::{BaseUrl, Body, Request, Response, TransportError, TransportErrorKind};

pub(super) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("tcb-transport/", env!("CARGO_PKG_VERSION")));

/// Every exchange of a backend, apart from the client that does it.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) base_url: BaseUrl,
    timeout: Duration,
    response_cap: Option<usize>,
}

/// Bytes of an answer's body, when neither the user nor the operation says anything.
const ANSWER_CAP: usize = 1024 * 1024;

/// How long a stream may stand still, when the user says nothing.
const STREAM_IDLE: Duration = Duration::from_secs(30);

/// What one exchange may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// From the search for a connection to the last byte of the answer.
    time: Duration,
    /// Without a byte that moves; for streams alone.
    idle: Option<Duration>,
    /// Bytes of the answer's body.
    answer: usize,
}

impl Wire {
    pub(super) fn new(options: HttpOptions) -> Self {
        Self { base_url: options.base_url, timeout: options.timeout, response_cap: options.response_cap }
    }

    /// The limits of `request`, where it has its own, then those of the options, then what is
    /// usual.
    pub(super) fn limits(&self, request: &Request) -> Limits {
        let idle = request.streams().then(|| request.own_idle_timeout().unwrap_or(STREAM_IDLE));
        let usual = if idle.is_some() { Duration::MAX } else { self.timeout };
        let time = request.own_timeout().unwrap_or(usual);
        let answer = request.own_response_cap().or(self.response_cap).or(request.usual_response_cap());
        Limits { time, idle, answer: answer.unwrap_or(ANSWER_CAP) }
    }

    /// Method, headers and body of `request`. Where it goes, each client wants said in its own way.
    pub(super) fn prepare<B>(
        request: Request,
        body: impl FnOnce(Body) -> B,
    ) -> Result<http::Request<B>, TransportError> {
        let Some(length) = request.body_length() else {
            return Err(TransportError::new(TransportErrorKind::Invalid)
                .with_source("the length of the body is not known"));
        };
        let method = match request.method() {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
        };
        let link = request.link().is_some();
        let more = request.headers().cloned();
        let mut prepared = http::Request::new(body(request.into_body()));
        let headers = prepared.headers_mut();
        // Room for these, and for what the clients add: `Host`, `Accept` and `Content-Length`.
        headers.reserve(6);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, USER_AGENT);
        if length == 0 {
            // hyper says nothing about a body that is empty, and some servers then refuse a POST
            // (411).
            if method != http::Method::GET {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
            }
        } else if !link {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(more) = more {
            headers.extend(more);
        }
        *prepared.method_mut() = method;
        Ok(prepared)
    }
}

impl Limits {
    /// Gives `exchange` its time.
    pub(super) async fn within(
        self,
        sending: &Sending,
        exchange: impl Future<Output = Result<Response, TransportError>> + Send,
    ) -> Result<Response, TransportError> {
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            return Err(TransportError::new(TransportErrorKind::Invalid)
                .with_source("no tokio runtime is running on this thread"));
        }
        tokio::time::timeout(self.time, exchange).await.unwrap_or_else(|_| Err(sending.timed_out()))
    }

    /// Gives `exchange` its time as long as it moves.
    pub(super) async fn while_it_moves(
        self,
        flow: &Flow,
        sending: &Sending,
        exchange: impl Future<Output = Result<Response, TransportError>> + Send,
    ) -> Result<Response, TransportError> {
        let mut exchange = pin!(exchange);
        let idle = self.idle.unwrap_or(self.time);
        let watched = async {
            loop {
                let moved = flow.moved();
                if let Ok(ended) = tokio::time::timeout(idle, exchange.as_mut()).await {
                    return ended;
                }
                if flow.moved() == moved {
                    return Err(sending.timed_out());
                }
            }
        };
        let ended = self.within(sending, watched).await;
        // Why the body broke off says more than that the exchange did.
        ended.map_err(|error| flow.failure().unwrap_or(error))
    }

    /// How long the rest of an exchange may take that begins now, if its answer is a stream.
    pub(super) fn patience(self) -> Patience {
        let end = (self.time < Duration::MAX).then(|| tokio::time::sleep(self.time).deadline());
        Patience { idle: self.idle.unwrap_or(self.time), end }
    }

    /// Reads the body of an answer frame by frame, so that no more than the cap is ever held.
    pub(super) async fn read<B>(self, mut body: B) -> Result<Bytes, TransportError>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin,
    {
        let announced = body.size_hint().lower();
        if announced > self.answer as u64 {
            return Err(self.too_large(&format_args!("{announced} bytes")));
        }
        // Most answers are one frame, which then needs no copy.
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame
                .map_err(|error| TransportError::new(TransportErrorKind::Truncated).with_source(error))?;
            let Ok(data) = frame.into_data() else { continue };
            if first.len().max(all.len()) + data.len() > self.answer {
                return Err(self.too_large(&format_args!("more than {} bytes", self.answer)));
            }
            if first.is_empty() {
                first = data;
            } else {
                if all.is_empty() {
                    all.extend_from_slice(&first);
                }
                all.extend_from_slice(&data);
            }
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }

    fn too_large(self, size: &dyn fmt::Display) -> TransportError {
        TransportError::new(TransportErrorKind::TooLarge).with_source(format!(
            "it has {size}, and the cap is {} bytes (settings: HttpOptions::response_cap; \
             Request::response_cap and Links::cap for one request)",
            self.answer
        ))
    }
}

/// Says what it means that no answer began. The text of the clients' errors plays no part: whether
/// the request was taken is known, and only the certificate has to be looked for.
pub(super) fn no_answer(sending: &Sending, error: BoxError) -> TransportError {
    let kind = if is_certificate_error(&*error) {
        TransportErrorKind::Certificate
    } else if sending.has_begun() {
        TransportErrorKind::Interrupted
    } else {
        TransportErrorKind::Connect
    };
    TransportError::new(kind).with_source(error)
}

fn is_certificate_error(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(
            error,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        );
    }
    // `io::Error::source` is the source of what it wraps and so passes over the wrapped error
    // itself.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.is_some_and(|wrapped| is_certificate_error(wrapped))
        || error.source().is_some_and(is_certificate_error)
}
