use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream as _;
use http_body::{Frame, SizeHint};

use super::BoxError;
use super::wire::Sending;
use crate::{Body, Chunks, TransportError};

/// The body of a request on its way out.
pub(super) struct Outgoing {
    chunks: Chunks,
    flow: Option<Arc<Flow>>,
    sending: Option<Arc<Sending>>,
}

/// What a stream on its way out tells of itself.
#[derive(Default)]
pub(super) struct Flow {
    /// Pieces that a connection has taken.
    moved: AtomicUsize,
    /// Why the stream ended early.
    failure: Mutex<Option<TransportError>>,
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

impl Flow {
    pub(super) fn moved(&self) -> usize {
        self.moved.load(Ordering::Relaxed)
    }

    /// Why the stream ended early, for whoever asks first.
    pub(super) fn failure(&self) -> Option<TransportError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, chunk: Result<Bytes, TransportError>) -> Result<Bytes, BoxError> {
        self.moved.fetch_add(1, Ordering::Relaxed);
        chunk.map_err(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            "the body broke off".into()
        })
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
