#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod arriving;
mod failure;
mod target;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::{BodyExt, Collected, Full, LengthLimitError, Limited};
use tcb_emulator::{AnswerBody, Emulator, EmulatorService};
use tcb_transport::{Request, Response, Transport, TransportError, TransportErrorKind, async_trait};
use tokio::runtime::Handle;
use tower_service::Service;

use failure::{invalid, no_answer};

/// How long a call may take when its request does not say.
const TIME: Duration = Duration::from_secs(10);

/// How long a stream may stand still when its request does not say.
const STREAM_IDLE: Duration = Duration::from_secs(30);

/// Bytes of an answer's body when neither the request nor its operation says.
const ANSWER_CAP: usize = 1024 * 1024;

/// A [`Transport`] to an emulator in the same process. Cheap to clone.
///
/// It takes the place of a backend: limits of time and of bytes hold as they do there, and a fault
/// of the emulator that would close a connection ends the call as it would end it on the wire.
#[derive(Clone, Debug)]
pub struct EmulatorTransport {
    base_url: String,
    service: EmulatorService,
}

impl EmulatorTransport {
    /// A transport to `emulator`, whether it has a port or not. It does not keep the emulator
    /// going: once that is dropped or closed, calls end as
    /// [`Connect`](TransportErrorKind::Connect).
    pub fn new(emulator: &Emulator) -> Self {
        Self { base_url: emulator.base_url().to_owned(), service: emulator.service() }
    }
}

#[async_trait]
impl Transport for EmulatorTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            return Err(invalid("no tokio runtime is running on this thread"));
        }
        let idle = request.streams().then(|| request.own_idle_timeout().unwrap_or(STREAM_IDLE));
        let time = request.own_timeout().or(idle).unwrap_or(TIME);
        let exchange = self.exchange(request, idle);
        let ended = tokio::time::timeout(time, exchange).await;
        ended.unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout)))
    }
}

impl EmulatorTransport {
    async fn exchange(&self, request: Request, idle: Option<Duration>) -> Result<Response, TransportError> {
        let cap = request.own_response_cap().or(request.usual_response_cap()).unwrap_or(ANSWER_CAP);
        let streamed = request.streams_answer();
        let request = self.prepare(request).await?;
        let (head, body) = self.service.clone().call(request).await.map_err(no_answer)?.into_parts();
        let body = match idle {
            Some(idle) if streamed && head.status.is_success() => arriving::body(body, idle),
            _ => read(body, cap).await?.into(),
        };
        Ok(http::Response::from_parts(head, body).into())
    }

    /// The request as it would arrive at a server.
    async fn prepare(&self, request: Request) -> Result<http::Request<Full<Bytes>>, TransportError> {
        if request.body_length().is_none() {
            return Err(invalid("the length of the body is not known"));
        }
        let target = target::of(&self.base_url, &request)?;
        let is_link = request.link().is_some();
        let method = request.method().as_str();
        let headers = request.headers().cloned();
        let body = request.into_body().collect().await?;
        let mut prepared = http::Request::builder().method(method).uri(target);
        if let Some(own) = prepared.headers_mut() {
            own.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            if !is_link && !body.is_empty() {
                own.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            own.extend(headers.unwrap_or_default());
        }
        prepared.body(Full::new(body)).map_err(|_| invalid("the request cannot be written"))
    }
}

/// Reads an answer, of which no more than `cap` bytes are held.
async fn read(body: AnswerBody, cap: usize) -> Result<Bytes, TransportError> {
    let whole = Limited::new(body, cap).collect().await;
    whole.map(Collected::to_bytes).map_err(|error| {
        let too_large = error.is::<LengthLimitError>();
        let kind = if too_large { TransportErrorKind::TooLarge } else { TransportErrorKind::Truncated };
        TransportError::new(kind).with_source(error)
    })
}
