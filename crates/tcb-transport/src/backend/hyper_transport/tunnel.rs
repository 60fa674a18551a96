use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper::upgrade::Upgraded;
use tcb_types::Secret;

use super::super::BoxError;
use super::super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::super::proxy::Proxy;
use super::super::wire::USER_AGENT;
use crate::base_url::is_loopback;

/// Opens tunnels through a proxy.
pub(super) struct Tunnels {
    proxy: Uri,
    authorization: Option<HeaderValue>,
}

impl Tunnels {
    /// Tunnels as `options` say, if they have a proxy.
    pub(super) fn new(options: &HttpOptions) -> Result<Option<Self>, SetupError> {
        let refuse = |error: BoxError| SetupError::new(SetupErrorKind::Proxy, error);
        let Some(Proxy { uri, credentials }) = &options.proxy else { return Ok(None) };
        let tunnels = Self {
            proxy: uri.clone(),
            authorization: credentials.as_ref().map(authorization).transpose().map_err(refuse)?,
        };
        if options.base_url.is_plain() && !tunnels.may_carry(&Scheme::HTTP) {
            return Err(refuse("plain http stays on this machine, and the proxy is another one".into()));
        }
        Ok(Some(tunnels))
    }

    pub(super) fn proxy(&self) -> &Uri {
        &self.proxy
    }

    /// Whether what is sent to a URL of `scheme` may go through this proxy: without TLS it must not
    /// leave this machine.
    pub(super) fn may_carry(&self, scheme: &Scheme) -> bool {
        *scheme != Scheme::HTTP || is_loopback(self.proxy.host().unwrap_or_default())
    }

    /// Asks the proxy at the other end of `stream` for a tunnel to `target`.
    pub(super) async fn open(
        &self,
        stream: impl Read + Write + Unpin + Send + 'static,
        target: &Uri,
    ) -> Result<Upgraded, BoxError> {
        let implied = if target.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
        let host = target.host().unwrap_or_default();
        let authority = format!("{host}:{}", target.port_u16().unwrap_or(implied));
        let mut request = Request::connect(&authority)
            .header(header::HOST, &authority)
            .header(header::USER_AGENT, USER_AGENT)
            .body(Empty::<Bytes>::new())?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
        let (mut proxy, work) = http1::handshake(stream).await?;
        // It ends with the tunnel's opening, or with `proxy`.
        tokio::spawn(work.with_upgrades());
        let answer = proxy.send_request(request).await.map_err(Broken)?;
        if !answer.status().is_success() {
            return Err(TunnelRefused(answer.status()).into());
        }
        Ok(hyper::upgrade::on(answer).await?)
    }
}

/// The header that names `credentials` (RFC 7617), marked so that nobody logs it.
fn authorization(credentials: &Secret) -> Result<HeaderValue, BoxError> {
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credentials.expose())))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The proxy answered, and opens no tunnel.
#[derive(Debug)]
pub(super) struct TunnelRefused(pub(super) StatusCode);

impl fmt::Display for TunnelRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                f.write_str("the proxy wants credentials, or other ones (407)")
            }
            StatusCode::FORBIDDEN => f.write_str("the proxy forbids the way to this host (403)"),
            status => write!(f, "the proxy opens no tunnel to this host ({})", status.as_u16()),
        }
    }
}

impl Error for TunnelRefused {}

/// The proxy did not answer, or not by the rules of HTTP.
#[derive(Debug)]
struct Broken(hyper::Error);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy broke off before it had opened a tunnel")
    }
}

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
