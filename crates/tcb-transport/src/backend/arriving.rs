use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

use super::BoxError;
use crate::{Body, TransportError, TransportErrorKind};

/// The body of an answer on its way in. It keeps what has to live until its end.
pub(super) struct Arriving<B, K> {
    body: B,
    /// Runs while nothing comes.
    idle: Option<Pin<Box<Sleep>>>,
    patience: Patience,
    /// Runs from the beginning of the exchange on.
    end: Option<Pin<Box<Sleep>>>,
    kept: Option<K>,
}

/// How long the rest of a streamed exchange may take.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Without a byte that moves.
    pub(super) idle: Duration,
    /// Altogether.
    pub(super) end: Option<Instant>,
}

impl<B, K> Arriving<B, K>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
    K: Send + Unpin + 'static,
{
    /// A body that ends with `body`, or when `patience` does; `kept` lives until then.
    pub(super) fn begin(body: B, patience: Patience, kept: K) -> Body {
        let length = body.size_hint().exact();
        Body::from_chunks(length, Box::pin(Self { body, idle: None, patience, end: None, kept: Some(kept) }))
    }

    /// Says why a body that has nothing to give ends all the same.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<TransportError> {
        if Handle::try_current().is_err() {
            // Without this check tokio panics.
            let invalid = TransportError::new(TransportErrorKind::Invalid);
            return Poll::Ready(invalid.with_source("no tokio runtime is running on this thread"));
        }
        let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.patience.idle)));
        let mut is_over = idle.as_mut().poll(context).is_ready();
        if let Some(end) = self.patience.end {
            let end = self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
            is_over |= end.as_mut().poll(context).is_ready();
        }
        if is_over { Poll::Ready(TransportError::new(TransportErrorKind::Timeout)) } else { Poll::Pending }
    }
}

impl<B, K> Stream for Arriving<B, K>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
    K: Send + Unpin + 'static,
{
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.kept.is_some() {
            let item = match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => match self.poll_patience(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(error) => Some(Err(error)),
                },
                Poll::Ready(None) => None,
                Poll::Ready(Some(Ok(frame))) => {
                    self.idle = None;
                    let Ok(data) = frame.into_data() else { continue };
                    Some(Ok(data))
                }
                Poll::Ready(Some(Err(error))) => {
                    Some(Err(TransportError::new(TransportErrorKind::Truncated).with_source(error)))
                }
            };
            if !matches!(item, Some(Ok(_))) {
                self.kept = None;
            }
            return Poll::Ready(item);
        }
        Poll::Ready(None)
    }
}
