use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::BoxError;
use super::options::{HttpOptions, SetupError};
use super::wire::Wire;
use super::{outgoing::Outgoing, tls};
use crate::{Request, Response, Transport, TransportError};

/// A [`Transport`] over [hyper](https://docs.rs/hyper), with fewer dependencies than reqwest and less work per call. Cheap to
/// clone; clones share their connections.
///
/// It needs a tokio runtime with I/O and time, when it sends, not when it is made.
///
/// ```
/// use tcb_transport::{HttpOptions, HyperTransport};
///
/// let transport = HyperTransport::new(HttpOptions::default())?;
/// # Ok::<_, tcb_transport::SetupError>(())
/// ```
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<Deadline<HttpsConnector<HttpConnector>>, Outgoing>,
    wire: Wire,
}

impl HyperTransport {
    /// Makes the backend. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// A [`SetupError`] when the settings cannot be fulfilled.
    pub fn new(options: HttpOptions) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // The connector shares this time out among a host's addresses, so that one dead address does not use it all up.
        tcp.set_connect_timeout(Some(options.connect_timeout));
        let tls = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client_config(&options)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(options.pool_idle_timeout)
            .pool_timer(TokioTimer::new())
            .build(Deadline { connector: tls, limit: options.connect_timeout });
        Ok(Self { client, wire: Wire::new(options) })
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let send = async |request| self.client.request(request).await.map_err(BoxError::from);
        self.wire.exchange(request, send).await
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HyperTransport").field(&format_args!("{}", self.wire.base_url)).finish()
    }
}

/// Gives TCP and TLS together one limit; hyper's own covers TCP alone.
#[derive(Clone)]
struct Deadline<C> {
    connector: C,
    limit: Duration,
}

impl<C> Service<Uri> for Deadline<C>
where
    C: Service<Uri, Future: Send + 'static, Error: Into<BoxError>>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.connector.call(uri);
        let limit = self.limit;
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}
