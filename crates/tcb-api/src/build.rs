//! What the builders of clients and platforms share.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tcb_transport::{BaseUrl, Transport};

/// The transport of a client or a platform: one of the caller's own, or the default backend with a
/// base URL.
#[derive(Debug, Default)]
pub(crate) struct TransportChoice {
    custom: Option<Arc<dyn Transport>>,
    base_url: Option<BaseUrl>,
}

impl TransportChoice {
    pub(crate) fn custom(self, transport: impl Transport + 'static) -> Self {
        Self { custom: Some(Arc::new(transport)), ..self }
    }

    pub(crate) fn base_url(self, base_url: BaseUrl) -> Self {
        Self { base_url: Some(base_url), ..self }
    }

    pub(crate) fn build(self) -> Result<Arc<dyn Transport>, BuildError> {
        match (self.custom, self.base_url) {
            (Some(transport), None) => Ok(transport),
            (Some(_), Some(_)) => Err(BuildError::new(BuildErrorKind::BaseUrlWithTransport)),
            (None, base_url) => default_transport(base_url.unwrap_or_default()),
        }
    }
}

#[cfg(feature = "hyper")]
fn default_transport(base_url: BaseUrl) -> Result<Arc<dyn Transport>, BuildError> {
    use tcb_transport::{HttpOptions, HyperTransport};
    match HyperTransport::new(HttpOptions::new(base_url)) {
        Ok(transport) => Ok(Arc::new(transport)),
        Err(error) => Err(BuildError { kind: BuildErrorKind::Backend, source: Some(Box::new(error)) }),
    }
}

#[cfg(not(feature = "hyper"))]
fn default_transport(_: BaseUrl) -> Result<Arc<dyn Transport>, BuildError> {
    Err(BuildError::new(BuildErrorKind::NoTransport))
}

/// A client or a platform that cannot be built.
#[derive(Debug)]
pub struct BuildError {
    kind: BuildErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a client or a platform cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// No token source was set.
    NoTokenSource,
    /// No transport was set, and the default backend is not compiled in (feature `hyper`).
    NoTransport,
    /// A base URL was set together with a transport, which has its own.
    BaseUrlWithTransport,
    /// The default backend cannot be made; [`source`](Error::source) says why.
    Backend,
}

impl BuildError {
    pub(crate) fn new(kind: BuildErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Why it cannot be built.
    pub fn kind(&self) -> BuildErrorKind {
        self.kind
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            BuildErrorKind::NoTokenSource => "no token source is set",
            BuildErrorKind::NoTransport => "no transport is set, and the default backend is not compiled in",
            BuildErrorKind::BaseUrlWithTransport => {
                "a base URL is set together with a transport, which has its own"
            }
            BuildErrorKind::Backend => "the default backend cannot be made",
        })
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
