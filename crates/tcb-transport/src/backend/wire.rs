use std::error::Error;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, header};
use http_body::Body;
use http_body_util::BodyExt;
use tcb_types::Method;
use tokio::runtime::Handle;

use super::BoxError;
use super::options::HttpOptions;
use crate::{BaseUrl, Request, Response, TransportError, TransportErrorKind};

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

/// What one exchange may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// From the search for a connection to the last byte of the answer.
    time: Duration,
    /// Bytes of the answer's body.
    answer: usize,
}

/// How far a request has got. It decides whether the call can have been executed.
#[derive(Default)]
pub(super) struct Sending(AtomicU8);

impl Sending {
    /// No connection has taken it.
    const UNSENT: u8 = 0;
    /// As many connections as there may be are busy.
    const IN_LINE: u8 = 1;
    /// A connection has taken it.
    const BEGUN: u8 = 2;

    pub(super) fn begin(&self) {
        self.0.store(Self::BEGUN, Ordering::Release);
    }

    /// All connections are busy, and it waits for one of them.
    pub(super) fn queue(&self) {
        self.0.store(Self::IN_LINE, Ordering::Release);
    }

    /// It waits no longer, or the connection gave the request back.
    pub(super) fn revoke(&self) {
        self.0.store(Self::UNSENT, Ordering::Release);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::BEGUN
    }

    /// What it means that the time is over.
    fn timed_out(&self) -> TransportError {
        match self.0.load(Ordering::Acquire) {
            Self::UNSENT => TransportError::new(TransportErrorKind::Connect)
                .with_source("the time ran out before there was a connection"),
            Self::IN_LINE => TransportError::new(TransportErrorKind::AllBusy),
            _ => TransportError::new(TransportErrorKind::Timeout),
        }
    }
}

impl Wire {
    pub(super) fn new(options: HttpOptions) -> Self {
        Self { base_url: options.base_url, timeout: options.timeout, response_cap: options.response_cap }
    }

    /// The limits of `request`, where it has its own, then those of the options, then what is
    /// usual.
    pub(super) fn limits(&self, request: &Request) -> Limits {
        let time = request.own_timeout().unwrap_or(self.timeout);
        let answer = request.own_response_cap().or(self.response_cap).or(request.usual_response_cap());
        Limits { time, answer: answer.unwrap_or(ANSWER_CAP) }
    }

    /// Method, headers and body of `request`. Where it goes, each client wants said in its own way.
    pub(super) fn prepare<B>(request: Request, body: impl FnOnce(Bytes) -> B) -> http::Request<B> {
        let method = match request.method() {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
        };
        let link = request.link().is_some();
        let more = request.headers().cloned();
        let is_empty = request.body_bytes().is_empty();
        let mut prepared = http::Request::new(body(request.into_body()));
        let headers = prepared.headers_mut();
        // Room for these, and for what the clients add: `Host`, `Accept` and `Content-Length`.
        headers.reserve(6);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, USER_AGENT);
        if is_empty {
            // hyper says nothing about a body that is empty, and some servers then refuse a POST
            // (411).
            if method != http::Method::GET {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
            }
        } else if !link {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.extend(more.into_iter().flatten());
        *prepared.method_mut() = method;
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
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            return Err(TransportError::new(TransportErrorKind::Invalid)
                .with_source("no tokio runtime is running on this thread"));
        }
        tokio::time::timeout(self.time, exchange).await.unwrap_or_else(|_| Err(sending.timed_out()))
    }

    /// Reads the body of an answer frame by frame, so that no more than the cap is ever held.
    pub(super) async fn read<B>(self, mut body: B) -> Result<Bytes, TransportError>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin,
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
