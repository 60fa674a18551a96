//! The HTTP backends by name.

use std::fmt;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;
use tcb_transport::{BaseUrl, HttpOptions, HyperTransport, ReqwestTransport, SetupError, Transport};

/// Which HTTP client carries the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// The one over reqwest
    #[default]
    Reqwest,
    /// The leaner one over hyper
    Hyper,
}

impl Backend {
    pub(crate) const ALL: [Self; 2] = [Self::Reqwest, Self::Hyper];

    /// A transport to `base`.
    pub(crate) fn transport(self, base: &BaseUrl) -> Result<Arc<dyn Transport>, SetupError> {
        let options = HttpOptions::new(base.clone());
        Ok(match self {
            Self::Reqwest => Arc::new(ReqwestTransport::new(options)?),
            Self::Hyper => Arc::new(HyperTransport::new(options)?),
        })
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reqwest => "reqwest",
            Self::Hyper => "hyper",
        })
    }
}
