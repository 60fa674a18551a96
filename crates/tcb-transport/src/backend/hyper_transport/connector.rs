use std::future::poll_fn;
use std::io;
use std::time::Duration;

use http::Uri;
use hyper::client::conn::http1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service as _;

use super::super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::super::{BoxError, tls};
use super::Connection;

/// Opens connections to the base URL's host, and to those of links.
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector>,
    host: Uri,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(options: &HttpOptions) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // This shares the time out among a host's addresses, so that one dead address does not use it all up.
        tcp.set_connect_timeout(Some(options.connect_timeout));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client_config(options)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let base = &options.base_url;
        let host = Uri::builder().scheme(base.scheme().clone()).authority(base.authority().clone());
        let host = host
            .path_and_query("/")
            .build()
            .map_err(|error| SetupError::new(SetupErrorKind::Client, error))?;
        Ok(Self { https, host, limit: options.connect_timeout })
    }

    /// Where connections go that are no link's.
    pub(super) fn host(&self) -> &Uri {
        &self.host
    }

    /// Opens a connection: TCP and TLS within one limit. What becomes of it later, its requests hear.
    pub(super) async fn connect(&self, link: Option<&Uri>) -> Result<Connection, BoxError> {
        let mut https = self.https.clone();
        let open = async {
            poll_fn(|context| https.poll_ready(context)).await?;
            https.call(link.unwrap_or(&self.host).clone()).await
        };
        let timely = tokio::time::timeout(self.limit, open).await;
        let stream = timely.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let (connection, work) = http1::handshake(stream).await?;
        tokio::spawn(work);
        Ok(connection)
    }
}
