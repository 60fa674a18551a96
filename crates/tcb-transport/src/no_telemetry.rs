//! Stands for telemetry where the feature `metrics` is off: nobody is told anything.

use crate::{Request, Response, TransportError};

pub(crate) struct Attempt;

impl Attempt {
    pub(crate) fn begin(_request: &Request) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "there is something to be told with the feature")]
    pub(crate) fn end(self, _outcome: &Result<Response, TransportError>) {}
}

#[cfg(feature = "hyper")]
pub(crate) fn counted<W: Future>(work: W) -> W {
    work
}
