use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use http_body_util::BodyExt;
use reqwest::{Body, Client, Url, redirect, retry};

use super::BoxError;
use super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::outgoing::Outgoing;
use super::wire::{Sending, Wire, no_answer};
use super::{target, tls};
use crate::{Request, Response, Transport, TransportError};

/// A [`Transport`] over [reqwest](https://docs.rs/reqwest). Cheap to clone; clones share their connections.
///
/// It needs a tokio runtime with I/O and time, when it sends, not when it is made.
///
/// ```
/// use tcb_transport::{HttpOptions, ReqwestTransport};
///
/// let transport = ReqwestTransport::new(HttpOptions::default())?;
/// # Ok::<_, tcb_transport::SetupError>(())
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    wire: Wire,
}

impl ReqwestTransport {
    /// Makes the backend. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// A [`SetupError`] when the settings cannot be fulfilled.
    pub fn new(options: HttpOptions) -> Result<Self, SetupError> {
        let refuse = |error: BoxError| SetupError::new(SetupErrorKind::Client, error);
        // reqwest reads the URL again for each request, by stricter rules. What it refuses is better known now.
        Url::parse(&options.base_url.to_string()).map_err(|error| refuse(error.to_string().into()))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config(&options)?)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.pool_idle_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_proxy()
            .http1_only()
            .build()
            .map_err(|error| refuse(error.without_url().into()))?;
        Ok(Self { client, wire: Wire::new(options) })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let limits = self.wire.limits(&request);
        let sending = Arc::new(Sending::default());
        let request = self.prepare(request, Arc::clone(&sending))?;
        let exchange = pin!(async {
            let answer = self.client.execute(request).await;
            let answer = answer.map_err(|error| no_answer(&sending, strip(error)))?;
            let (head, body) = http::Response::<Body>::from(answer).into_parts();
            let body = limits.read(body.map_err(strip)).await?;
            Ok(Response::from_wire(head, body))
        });
        limits.within(&sending, exchange).await
    }
}

impl ReqwestTransport {
    fn prepare(&self, request: Request, sending: Arc<Sending>) -> Result<reqwest::Request, TransportError> {
        let url = target::url(&self.wire.base_url, &request)?;
        let url = Url::parse(&url).map_err(|error| target::invalid(error.to_string().into()))?;
        let (head, body) =
            Wire::prepare(request, |body| Body::wrap(Outgoing::new(body, sending))).into_parts();
        let mut prepared = reqwest::Request::new(head.method, url);
        *prepared.headers_mut() = head.headers;
        *prepared.body_mut() = Some(body);
        Ok(prepared)
    }
}

/// Every error of reqwest passes here, and loses the URL here.
fn strip(error: reqwest::Error) -> BoxError {
    error.without_url().into()
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReqwestTransport").field(&format_args!("{}", self.wire.base_url)).finish()
    }
}
