use std::error::Error;
use std::fmt;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::BoxError;
use crate::BaseUrl;

/// Settings of a backend; the same for all of them.
///
/// ```
/// use std::time::Duration;
/// use tcb_transport::{BaseUrl, HttpOptions};
///
/// let options = HttpOptions::new(BaseUrl::shanghai()).with_timeout(Duration::from_secs(30));
/// ```
///
/// Some things are not up for choice: no redirect is followed, no cookie kept, no proxy taken from the environment, no answer
/// decompressed, no request repeated once its sending has begun, and no invalid certificate accepted.
#[derive(Clone)]
pub struct HttpOptions {
    pub(super) base_url: BaseUrl,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) answer_cap: Option<usize>,
    pub(super) pool_idle_timeout: Duration,
    pub(super) extra_roots: Vec<CertificateDer<'static>>,
    pub(super) platform_roots: bool,
}

impl HttpOptions {
    /// Settings for this API host, everything else by default.
    pub fn new(base_url: BaseUrl) -> Self {
        Self {
            base_url,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            answer_cap: None,
            pool_idle_timeout: Duration::from_secs(20),
            extra_roots: Vec::new(),
            platform_roots: false,
        }
    }

    /// Sets the time that a new connection may take, TLS handshake included. 3 seconds by default.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time that a whole exchange may take, from the search for a connection to the last byte of the answer. 10
    /// seconds by default; [`Request::with_timeout`](crate::Request::with_timeout) sets it for one request.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes an answer's body may have, for all operations alike. By default it is 1 MiB, and more for the operations
    /// whose [`OperationSpec`](tcb_types::OperationSpec) says so: 16 MiB for what functions return and queries find. A larger body is
    /// a [`TooLarge`](crate::TransportErrorKind::TooLarge) and is not read to its end.
    #[must_use]
    pub fn with_answer_cap(mut self, bytes: usize) -> Self {
        self.answer_cap = Some(bytes);
        self
    }

    /// Sets how long an idle connection is kept for the next request; the hyper backend may close it after half of that. 20 seconds
    /// by default, which is shorter than servers usually wait, so that a request seldom meets a connection that the server is
    /// about to close.
    #[must_use]
    pub fn with_pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// Trusts these root certificates too: one or more `CERTIFICATE` blocks of PEM, for example of a gateway's own authority.
    ///
    /// # Errors
    ///
    /// [`SetupErrorKind::ExtraRoot`] when there is no certificate in `pem` or one that cannot be read.
    pub fn with_extra_roots_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, SetupError> {
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
    /// Where they are kept is the platform's affair; on Linux the variables `SSL_CERT_FILE` and `SSL_CERT_DIR` can say so.
    #[cfg(feature = "platform-roots")]
    #[cfg_attr(docsrs, doc(cfg(feature = "platform-roots")))]
    #[must_use]
    pub fn with_platform_roots(mut self) -> Self {
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
            .field("answer_cap", &self.answer_cap)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("extra_roots", &self.extra_roots.len())
            .field("platform_roots", &self.platform_roots)
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
    /// The machine's root certificates cannot be had. Install them, or use the ones compiled in.
    PlatformRoots,
    /// The HTTP client refuses the settings: the base URL's host is no valid host name.
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
            SetupErrorKind::PlatformRoots => "the machine's root certificates cannot be had",
            SetupErrorKind::Client => "the HTTP client refuses the settings",
        })
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
