use std::error::Error;
use std::fmt;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use tcb_types::Method;
use tokio::runtime::Handle;
use tokio::time::Instant;

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
    /// What a call with a body has, as nearly all do. To clone it costs less than to put it
    /// together.
    headers: HeaderMap,
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
    pub(super) time: Duration,
    /// Without a byte that moves; for streams alone.
    idle: Option<Duration>,
    /// Bytes of the answer's body.
    answer: usize,
}

impl Wire {
    /// The exchanges of a backend that adds `host` to what all of them send, or leaves it to its
    /// client.
    pub(super) fn new(options: HttpOptions, host: Option<HeaderValue>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, USER_AGENT);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(host) = host {
            headers.insert(header::HOST, host);
        }
        // The last one, because that is the one that is removed at the least cost.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        let HttpOptions { base_url, timeout, response_cap, .. } = options;
        Self { base_url, headers, timeout, response_cap }
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

    /// How many bytes the body of `request` has.
    pub(super) fn length(request: &Request) -> Result<u64, TransportError> {
        request.body_length().ok_or_else(|| {
            TransportError::new(TransportErrorKind::Invalid)
                .with_source("the length of the body is not known")
        })
    }

    /// Method, headers and body of `request`, which has so many bytes. Where it goes, each client
    /// wants said in its own way.
    pub(super) fn prepare<B>(
        &self,
        request: &Request,
        length: u64,
        body: impl FnOnce(Body) -> B,
    ) -> http::Request<B> {
        let mut prepared = http::Request::new(body(request.share_body()));
        *prepared.method_mut() = match request.method() {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
        };
        let mut headers = self.headers.clone();
        if length > 0 || request.method() == Method::Get {
            // The client says it, and has room for that now. Of no body it says nothing, and some
            // servers then refuse a POST (411).
            headers.remove(header::CONTENT_LENGTH);
        }
        if length == 0 || request.link().is_some() {
            headers.remove(header::CONTENT_TYPE);
        }
        if let Some(more) = request.headers() {
            headers.extend(more.clone());
        }
        *prepared.headers_mut() = headers;
        prepared
    }
}

impl Limits {
    /// Gives `exchange` its time.
    pub(super) async fn within(
        self,
        sending: &Sending,
        exchange: impl Future<Output = Result<Response, TransportError>> + Send,
    ) -> Result<Response, TransportError> {
        runtime()?;
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
        Patience { idle: self.idle.unwrap_or(self.time), end: end_of(self.time) }
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
        while !body.is_end_stream()
            && let Some(frame) = body.frame().await
        {
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

/// When `time` is over; never, if no clock shows that moment.
#[expect(clippy::disallowed_methods, reason = "timers go by tokio's clock, which tests pause")]
pub(super) fn end_of(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// The runtime that this is called on, without which tokio's timers panic.
pub(super) fn runtime() -> Result<Handle, TransportError> {
    Handle::try_current().map_err(|_| {
        TransportError::new(TransportErrorKind::Invalid)
            .with_source("no tokio runtime is running on this thread")
    })
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
