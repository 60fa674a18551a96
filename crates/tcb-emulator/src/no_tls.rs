//! In the place of TLS, in builds without it.

use std::convert::Infallible;
use std::io;
use std::path::Path;

/// There is none.
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn certificate(&self) -> &Path {
        match self.0 {}
    }

    #[expect(clippy::unused_async, reason = "with TLS it waits")]
    pub(crate) async fn accept<S>(&self, _: S) -> io::Result<S> {
        match self.0 {}
    }
}
