use std::error::Error;
use std::fmt;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use tcb_types::Secret;

use super::BoxError;
use super::proxy::Proxy;
use crate::BaseUrl;

/// Settings of a backend. Roots, a proxy and warm connections are for the hyper backend; the
/// reqwest backend takes the first two from its builder.
///
/// ```
/// use std::time::Duration;
/// use tcb_transport::{BaseUrl, HttpOptions};
///
/// let options = HttpOptions::new(BaseUrl::shanghai()).timeout(Duration::from_secs(30));
/// ```
///
/// Some things cannot be changed: no redirect is followed, no cookie kept, no proxy taken from the
/// environment, no answer decompressed, no request repeated once its sending has begun, and no
/// invalid certificate accepted.
#[derive(Clone)]
pub struct HttpOptions {
    pub(super) base_url: BaseUrl,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) response_cap: Option<usize>,
    pub(super) max_connections: usize,
    pub(super) pool_idle_timeout: Duration,
    pub(super) warm_connections: usize,
    pub(super) extra_roots: Vec<CertificateDer<'static>>,
    pub(super) platform_roots: bool,
    pub(super) proxy: Option<Proxy>,
}

impl HttpOptions {
    /// Settings for this API host, with defaults for everything else.
    pub fn new(base_url: BaseUrl) -> Self {
        Self {
            base_url,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            response_cap: None,
            max_connections: 256,
            pool_idle_timeout: Duration::from_secs(20),
            warm_connections: 0,
            extra_roots: Vec::new(),
            platform_roots: false,
            proxy: None,
        }
    }

    /// Sets the time that a new connection may take, TLS handshake included. 3 seconds by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time that a whole exchange may take, from the search for a connection to the last
    /// byte of the answer. 10 seconds by default; [`Request::timeout`](crate::Request::timeout)
    /// sets it for one request.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes an answer's body may have, for all operations alike. By default it is 1
    /// MiB, and more for the operations whose [`OperationSpec`](tcb_types::OperationSpec) says so:
    /// 16 MiB for what functions return and queries find. A larger body is a
    /// [`TooLarge`](crate::TransportErrorKind::TooLarge) and is not read to its end.
    #[must_use]
    pub fn response_cap(mut self, bytes: usize) -> Self {
        self.response_cap = Some(bytes);
        self
    }

    /// Sets how many calls may have a connection at a time, those to links included; 256 by
    /// default, and 0 counts as 1. The others wait in line, first come, first served, within their
    /// own time; when it ends there, the error is a [`AllBusy`](crate::TransportErrorKind::AllBusy)
    /// and nothing was sent.
    ///
    /// The hyper backend never has more connections than this. The reqwest backend keeps no more
    /// than these idle, and may for moments have some more: its client opens one for a call that
    /// then takes another.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets how long an idle connection is kept for the next request; the hyper backend may close
    /// it after half of that. 20 seconds by default, which is shorter than servers usually wait, so
    /// that a request seldom meets a connection that the server is about to close.
    #[must_use]
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// Sets how many connections the hyper backend opens beforehand, from its first request on, so
    /// that a burst of calls, or a call after a long pause, waits for no handshake. They are
    /// replaced when they have been idle for their time. None by default.
    #[must_use]
    pub fn warm_connections(mut self, connections: usize) -> Self {
        self.warm_connections = connections;
        self
    }

    /// Sends everything through this proxy, by a tunnel (`CONNECT`) in which TLS is spoken with the
    /// API host, so that the proxy sees host names and no token. By default there is none, whatever
    /// the environment says.
    ///
    /// `url` is `http://proxy.example:3128`, or `https://…` for a proxy that is itself reached by
    /// TLS, with a certificate that the roots of these options vouch for. A user name and a
    /// password may stand in it (`http://name:password@…`, percent-encoded); therefore it is a
    /// secret as a whole.
    ///
    /// An `http` base URL goes through a proxy of this machine only, and so does an `http` link.
    ///
    /// ```
    /// use tcb_transport::{HttpOptions, HyperTransport};
    ///
    /// let options = HttpOptions::default().proxy("http://name:password@proxy.example:3128")?;
    /// assert!(format!("{options:?}").contains("http://proxy.example:3128"));
    /// assert!(!format!("{options:?}").contains("password"));
    /// # let _ = HyperTransport::new(options)?;
    /// # Ok::<_, tcb_transport::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SetupErrorKind::Proxy`] when `url` is not such a URL: it has another scheme (`socks5`), a
    /// path, a query or a fragment.
    pub fn proxy(mut self, url: impl Into<Secret>) -> Result<Self, SetupError> {
        self.proxy =
            Some(Proxy::read(&url.into()).map_err(|error| SetupError::new(SetupErrorKind::Proxy, error))?);
        Ok(self)
    }

    /// Trusts these root certificates too: one or more `CERTIFICATE` blocks of PEM, for example of
    /// a gateway's own authority.
    ///
    /// # Errors
    ///
    /// [`SetupErrorKind::ExtraRoot`] when there is no certificate in `pem` or one that cannot be
    /// read.
    pub fn extra_roots_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, SetupError> {
        let refuse = |source: BoxError| SetupError::new(SetupErrorKind::ExtraRoot, source);
        let mut scratch = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_ref()) {
            let certificate = certificate.map_err(|error| refuse(error.to_string().into()))?;
            scratch.add(certificate.clone()).map_err(|error| refuse(error.into()))?;
            self.extra_roots.push(certificate);
        }
        if scratch.is_empty() {
            return Err(refuse("there is no CERTIFICATE block in it".into()));
        }
        Ok(self)
    }

    /// Trusts the machine's root certificates in place of Mozilla's, which are compiled in.
    ///
    /// The platform decides where they are kept; on Linux the variables `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` can say so.
    #[cfg(feature = "platform-roots")]
    #[cfg_attr(docsrs, doc(cfg(feature = "platform-roots")))]
    #[must_use]
    pub fn platform_roots(mut self) -> Self {
        self.platform_roots = true;
        self
    }
}

impl Default for HttpOptions {
    /// Settings for [`BaseUrl::general`].
    fn default() -> Self {
        Self::new(BaseUrl::general())
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("base_url", &format_args!("{}", self.base_url))
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("response_cap", &self.response_cap)
            .field("max_connections", &self.max_connections)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("warm_connections", &self.warm_connections)
            .field("extra_roots", &self.extra_roots.len())
            .field("platform_roots", &self.platform_roots)
            .field("proxy", &self.proxy)
            .finish()
    }
}

/// A backend that cannot be made from its settings.
#[derive(Debug)]
pub struct SetupError {
    kind: SetupErrorKind,
    source: BoxError,
}

/// What stands in a backend's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetupErrorKind {
    /// An extra root certificate cannot be read. Correct the PEM text.
    ExtraRoot,
    /// The machine's root certificates cannot be loaded. Install them, or use the ones compiled in.
    PlatformRoots,
    /// The text is not a valid address of a proxy, or an `http` base URL would leave this machine
    /// through it. Correct the address.
    Proxy,
    /// Roots, a proxy or connections to be opened beforehand are set in the options of a reqwest
    /// backend. Set the first two in its builder; it cannot do the last.
    ForBuilder,
    /// The HTTP client refuses the settings: the base URL's host is not a valid host name.
    Client,
}

impl SetupError {
    pub(super) fn new(kind: SetupErrorKind, source: impl Into<BoxError>) -> Self {
        Self { kind, source: source.into() }
    }

    /// What stands in the way.
    pub fn kind(&self) -> SetupErrorKind {
        self.kind
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SetupErrorKind::ExtraRoot => "an extra root certificate cannot be read",
            SetupErrorKind::PlatformRoots => "the machine's root certificates cannot be loaded",
            SetupErrorKind::Proxy => "the proxy cannot be used",
            SetupErrorKind::ForBuilder => {
                "the options have what the reqwest backend takes from its builder or cannot do"
            }
            SetupErrorKind::Client => "the HTTP client refuses the settings",
        })
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
