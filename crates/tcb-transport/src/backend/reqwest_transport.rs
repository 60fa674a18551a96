use std::fmt;

use async_trait::async_trait;
use http_body_util::BodyExt;
use reqwest::{Body, Client, Url, redirect, retry};

use super::BoxError;
use super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::wire::Wire;
use super::{outgoing::Outgoing, tls};
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
        let send = async |request: http::Request<Outgoing>| {
            // Every error of reqwest passes here, and loses the URL here.
            let strip = |error: reqwest::Error| BoxError::from(error.without_url());
            let request = reqwest::Request::try_from(request.map(Body::wrap)).map_err(strip)?;
            let answer = self.client.execute(request).await.map_err(strip)?;
            Ok(http::Response::<Body>::from(answer).map(|body| body.map_err(strip)))
        };
        self.wire.exchange(request, send).await
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReqwestTransport").field(&format_args!("{}", self.wire.base_url)).finish()
    }
}
