//! The body of an answer that is read piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use tcb_emulator::AnswerBody;
use tcb_transport::{Body, TransportError, TransportErrorKind};
use tokio::runtime::Handle;
use tokio::time::Sleep;

use crate::failure::invalid;

/// A body that ends with that of the answer, or when nothing has come for `idle`.
pub(crate) fn body(body: AnswerBody, idle: Duration) -> Body {
    let length = body.size_hint().exact();
    Body::stream(length, Arriving { body, idle, silence: None })
}

struct Arriving {
    body: AnswerBody,
    idle: Duration,
    /// Runs while nothing comes.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Stream for Arriving {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => return self.poll_silence(context).map(|error| Some(Err(error))),
                Poll::Ready(frame) => frame,
            };
            self.silence = None;
            match frame.map(|frame| frame.map(http_body::Frame::into_data)) {
                None => return Poll::Ready(None),
                Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                // Trailers say nothing here.
                Some(Ok(Err(_))) => {}
                Some(Err(error)) => {
                    let truncated = TransportError::new(TransportErrorKind::Truncated);
                    return Poll::Ready(Some(Err(truncated.with_source(error))));
                }
            }
        }
    }
}

impl Arriving {
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<TransportError> {
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            return Poll::Ready(invalid("no tokio runtime is running on this thread"));
        }
        let idle = self.idle;
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
        silence.as_mut().poll(context).map(|()| TransportError::new(TransportErrorKind::Timeout))
    }
}
