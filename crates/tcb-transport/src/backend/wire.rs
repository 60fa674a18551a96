use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, header};
use http_body::Body;
use http_body_util::BodyExt;
use tcb_types::Method;
use tokio::runtime::Handle;

use super::BoxError;
use super::options::HttpOptions;
use super::outgoing::{Outgoing, Sending};
use super::target::target;
use crate::{BaseUrl, Request, Response, TransportError, TransportErrorKind};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("tcb-transport/", env!("CARGO_PKG_VERSION")));

/// One exchange, apart from the client that does it.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) base_url: BaseUrl,
    timeout: Duration,
    answer_cap: usize,
}

impl Wire {
    pub(super) fn new(options: HttpOptions) -> Self {
        Self { base_url: options.base_url, timeout: options.timeout, answer_cap: options.answer_cap }
    }

    /// Sends `request` through `send` and reads the answer. Errors of `send` must not show the URL.
    pub(super) async fn exchange<F, B>(
        &self,
        request: Request,
        send: impl FnOnce(http::Request<Outgoing>) -> F + Send,
    ) -> Result<Response, TransportError>
    where
        F: Future<Output = Result<http::Response<B>, BoxError>> + Send,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin,
    {
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            return Err(TransportError::new(TransportErrorKind::Invalid)
                .with_source("no tokio runtime is running on this thread"));
        }
        let timeout = request.timeout().unwrap_or(self.timeout);
        let sending = Sending::default();
        let request = self.prepare(request, sending.clone())?;
        let exchange = async {
            let answer = send(request).await.map_err(|error| no_answer(&sending, error))?;
            read(answer, self.answer_cap).await
        };
        tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| {
            Err(if sending.has_begun() {
                TransportError::new(TransportErrorKind::Timeout)
            } else {
                TransportError::new(TransportErrorKind::Connect)
                    .with_source("the time ran out before there was a connection")
            })
        })
    }

    fn prepare(&self, request: Request, sending: Sending) -> Result<http::Request<Outgoing>, TransportError> {
        let uri = target(&self.base_url, &request)?;
        let method = match request.method() {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let has_body = !request.body().is_empty();
        let is_post = request.method() == Method::Post;
        let mut prepared = http::Request::new(Outgoing::new(request.into_body(), sending));
        *prepared.method_mut() = method;
        *prepared.uri_mut() = uri;
        let headers = prepared.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, USER_AGENT);
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if is_post {
            // hyper says nothing about a body that is empty, and some servers then refuse a POST (411).
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        }
        Ok(prepared)
    }
}

/// Says what it means that no answer began. The text of the clients' errors plays no part: whether the request was taken is
/// known, and only the certificate has to be looked for.
fn no_answer(sending: &Sending, error: BoxError) -> TransportError {
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
    // `io::Error::source` is the source of what it wraps and so passes over the wrapped error itself.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.is_some_and(|wrapped| is_certificate_error(wrapped))
        || error.source().is_some_and(is_certificate_error)
}

/// Reads the body frame by frame, so that no more than the cap is ever held.
async fn read<B>(answer: http::Response<B>, cap: usize) -> Result<Response, TransportError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin,
{
    let (head, mut body) = answer.into_parts();
    let too_large = || TransportError::new(TransportErrorKind::TooLarge);
    if body.size_hint().lower() > cap as u64 {
        return Err(too_large());
    }
    // Most answers are one frame, which then needs no copy.
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| TransportError::new(TransportErrorKind::Truncated).with_source(error))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len().max(all.len()) + data.len() > cap {
            return Err(too_large());
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
    let body = if all.is_empty() { first } else { all.freeze() };
    Ok(Response::new(head.status, body).with_headers(head.headers))
}
