use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsConnector;
use tower_service::Service as _;

use super::super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::super::{BoxError, target, tls};
use super::connection::Connection;
use super::tunnel::Tunnels;
use crate::telemetry;

/// Opens connections to the base URL's host, and to those of links.
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector>,
    host: Uri,
    limit: Duration,
    through: Option<Proxied>,
}

/// The way through a proxy.
struct Proxied {
    tunnels: Tunnels,
    /// Speaks TLS inside of a tunnel.
    tls: TlsConnector,
}

impl Connector {
    pub(super) fn new(options: &HttpOptions) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // This shares the time out among a host's addresses, so that one dead address does not use
        // it all up.
        tcp.set_connect_timeout(Some(options.connect_timeout));
        target::check_host(&options.base_url)?;
        let tls = tls::client_config(options)?;
        let through = Tunnels::new(options)?
            .map(|tunnels| Proxied { tunnels, tls: TlsConnector::from(Arc::new(tls.clone())) });
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let base = &options.base_url;
        let host = Uri::builder().scheme(base.scheme().clone()).authority(base.authority().clone());
        let host = host
            .path_and_query("/")
            .build()
            .map_err(|error| SetupError::new(SetupErrorKind::Client, error))?;
        Ok(Self { https, host, limit: options.connect_timeout, through })
    }

    /// Where connections go that are no link's.
    pub(super) fn host(&self) -> &Uri {
        &self.host
    }

    /// Whether a link may be followed from here: none without TLS through a proxy on another
    /// machine.
    pub(super) fn may_follow(&self, link: &Uri) -> bool {
        let scheme = link.scheme().unwrap_or(&Scheme::HTTP);
        self.through.as_ref().is_none_or(|through| through.tunnels.may_carry(scheme))
    }

    /// Opens a connection: TCP, tunnel and TLS within one limit. What becomes of it later, its
    /// requests hear.
    pub(super) async fn connect(&self, link: Option<&Uri>) -> Result<Connection, BoxError> {
        let target = link.unwrap_or(&self.host);
        let open = async {
            match &self.through {
                None => begin(self.dial(target).await?).await,
                Some(through) => {
                    let proxy = self.dial(through.tunnels.proxy()).await?;
                    let tunnel = through.tunnels.open(proxy, target).await?;
                    if target.scheme() == Some(&Scheme::HTTP) {
                        return begin(tunnel).await;
                    }
                    let name = target::server_name(target.host().unwrap_or_default())?;
                    begin(TokioIo::new(through.tls.connect(name, TokioIo::new(tunnel)).await?)).await
                }
            }
        };
        let timely = tokio::time::timeout(self.limit, open).await;
        timely.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// TCP to `host`, and TLS if its scheme says so.
    async fn dial(&self, host: &Uri) -> Result<impl Read + Write + Unpin + Send + 'static, BoxError> {
        let mut https = self.https.clone();
        poll_fn(|context| https.poll_ready(context)).await?;
        https.call(host.clone()).await
    }
}

/// HTTP over `stream`, which hyper keeps in a task of its own.
async fn begin(stream: impl Read + Write + Unpin + Send + 'static) -> Result<Connection, BoxError> {
    let (connection, work) = http1::handshake(stream).await?;
    tokio::spawn(telemetry::counted(work));
    Ok(connection)
}
