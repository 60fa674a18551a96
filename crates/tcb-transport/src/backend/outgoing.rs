use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::wire::Sending;

/// The body of a request on its way out. It notices when a connection takes the request, which no
/// error of reqwest tells, and which decides whether the call can have been executed.
pub(super) struct Outgoing {
    rest: Option<Bytes>,
    sending: Arc<Sending>,
}

impl Outgoing {
    pub(super) fn new(body: Bytes, sending: Arc<Sending>) -> Self {
        Self { rest: Some(body).filter(|body| !body.is_empty()), sending }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sending.begin();
        Poll::Ready(self.rest.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    /// A connection asks this before it writes the head, and nobody asks earlier. Should somebody
    /// one day, then a request that was not sent counts as perhaps sent, which is the safe way to
    /// be wrong.
    fn is_end_stream(&self) -> bool {
        self.sending.begin();
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
