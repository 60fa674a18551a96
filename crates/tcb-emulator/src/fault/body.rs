//! Answers that come in pieces, or break off.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame};

use crate::reply::{Dropped, Reply, Sent};

type Pause = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A body of which each piece comes after a pause.
struct Pieces<P> {
    left: VecDeque<Bytes>,
    breaks_off: bool,
    pause: P,
    waiting: Option<Pause>,
}

impl<P: Fn() -> Pause + Unpin> Body for Pieces<P> {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        let this = &mut *self;
        let waiting = this.waiting.get_or_insert_with(&this.pause);
        ready!(waiting.as_mut().poll(context));
        this.waiting = None;
        Poll::Ready(match this.left.pop_front() {
            Some(piece) => Some(Ok(Frame::data(piece))),
            None if this.breaks_off => Some(Err(Dropped)),
            None => None,
        })
    }
}

/// An answer that breaks off in the middle, though its head promises all of it.
pub(crate) fn truncated(answer: Reply) -> Sent {
    let half = |body: &Bytes| VecDeque::from([body.slice(..body.len() / 2)]);
    // The pause lets the first half be written before the connection ends.
    in_pieces(answer, half, true, || Box::pin(tokio::task::yield_now()))
}

/// An answer in pieces of so many bytes, with a pause in front of each.
pub(crate) fn dripping(
    answer: Reply,
    bytes: usize,
    pause: impl Fn() -> Pause + Unpin + Send + Sync + 'static,
) -> Sent {
    let pieces = |body: &Bytes| {
        let starts = (0..body.len()).step_by(bytes.max(1));
        starts.map(|start| body.slice(start..body.len().min(start + bytes))).collect()
    };
    in_pieces(answer, pieces, false, pause)
}

fn in_pieces(
    mut answer: Reply,
    cut: impl FnOnce(&Bytes) -> VecDeque<Bytes>,
    breaks_off: bool,
    pause: impl Fn() -> Pause + Unpin + Send + Sync + 'static,
) -> Sent {
    let length = HeaderValue::from(answer.body().len());
    answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    answer.map(|body| Pieces { left: cut(&body), breaks_off, pause, waiting: None }.boxed())
}
