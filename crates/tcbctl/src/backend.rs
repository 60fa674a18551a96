//! The HTTP backends by name.

use std::fmt;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;
#[cfg(feature = "reqwest")]
use tcb_transport::ReqwestTransport;
use tcb_transport::{BaseUrl, HttpOptions, HyperTransport, SetupError, Transport};

/// Which HTTP client carries the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// The default one, over hyper
    #[default]
    Hyper,
    /// The one over reqwest
    #[cfg(feature = "reqwest")]
    Reqwest,
}

impl Backend {
    /// All that this program was built with.
    pub(crate) const ALL: &[Self] = &[
        Self::Hyper,
        #[cfg(feature = "reqwest")]
        Self::Reqwest,
    ];

    /// A transport to `base`.
    pub(crate) fn transport(self, base: &BaseUrl) -> Result<Arc<dyn Transport>, SetupError> {
        let options = HttpOptions::new(base.clone());
        Ok(match self {
            Self::Hyper => Arc::new(HyperTransport::new(options)?),
            #[cfg(feature = "reqwest")]
            Self::Reqwest => Arc::new(ReqwestTransport::from_builder(reqwest_builder(), options)?),
        })
    }
}

/// A client of reqwest with the TLS that the hyper backend has: ring, and Mozilla's root
/// certificates.
#[cfg(feature = "reqwest")]
#[expect(clippy::expect_used, reason = "ring has what the versions need that rustls calls safe")]
fn reqwest_builder() -> reqwest::ClientBuilder {
    use rustls::crypto::ring;
    use rustls::{ClientConfig, RootCertStore};

    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS of ring")
        .with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hyper => "hyper",
            #[cfg(feature = "reqwest")]
            Self::Reqwest => "reqwest",
        })
    }
}
