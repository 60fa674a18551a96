use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream as _;
use http_body::{Frame, SizeHint};

use super::BoxError;
use super::sending::{Flow, Sending};
use crate::{Body, Chunks};

/// The body of a request on its way out.
pub(super) struct Outgoing {
    chunks: Chunks,
    flow: Option<Arc<Flow>>,
    sending: Option<Arc<Sending>>,
}

impl Outgoing {
    pub(super) fn new(body: Body, flow: Option<Arc<Flow>>) -> Self {
        Self { chunks: body.into_chunks(), flow, sending: None }
    }

    /// Lets the body notice when a connection takes the request, which no error of reqwest tells,
    /// and which decides whether the call can have been executed.
    #[cfg(feature = "reqwest")]
    pub(super) fn noticed_by(self, sending: Arc<Sending>) -> Self {
        Self { sending: Some(sending), ..self }
    }

    fn notice(&self) {
        if let Some(sending) = &self.sending {
            sending.begin();
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.notice();
        let next = Pin::new(&mut self.chunks).poll_next(context);
        next.map(|next| {
            next.map(|chunk| {
                let chunk = match &self.flow {
                    Some(flow) => flow.note(chunk),
                    None => chunk.map_err(Into::into),
                };
                chunk.map(Frame::data)
            })
        })
    }

    /// A connection asks this before it writes the head, and nobody asks earlier. Should somebody
    /// one day, then a request that was not sent counts as perhaps sent, which is the safe way to
    /// be wrong.
    fn is_end_stream(&self) -> bool {
        self.notice();
        self.chunks.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.chunks.length().map(SizeHint::with_exact).unwrap_or_default()
    }
}
