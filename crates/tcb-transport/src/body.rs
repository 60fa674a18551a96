use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use crate::{TransportError, TransportErrorKind};

/// What a request carries or an answer brings: bytes in memory, or a stream of them, which can be
/// read once. Cheap to clone; clones share a stream, so that whoever begins to read it has it
/// alone.
///
/// ```
/// use tcb_transport::Body;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tcb_transport::TransportError> {
/// let body = Body::from("hello");
/// assert_eq!((body.length(), body.bytes().map(|bytes| &bytes[..])), (Some(5), Some(&b"hello"[..])));
/// assert_eq!(body.collect().await?, "hello");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Body(Kind);

#[derive(Clone)]
enum Kind {
    Whole(Bytes),
    Parts(Arc<Parts>),
}

/// Content, and what frames it.
struct Parts {
    before: Bytes,
    content: Content,
    after: Bytes,
    progress: Option<Progress>,
    /// All of it, once somebody has asked for that.
    whole: OnceLock<Bytes>,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    Stream { length: Option<u64>, stream: Arc<Mutex<Option<BoxedStream>>> },
}

type BoxedStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;
type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// Bytes in memory leave in pieces of this size when somebody watches.
const PIECE: usize = 64 * 1024;

static EMPTY: Bytes = Bytes::new();

impl Body {
    /// A stream of pieces, which has `length` bytes together. The body of a request needs a length;
    /// `None` is for answers.
    ///
    /// Memory stays bounded, whatever the length: the next piece is asked for when the connection
    /// has taken the one before. An error of the stream ends the request as
    /// [`Source`](TransportErrorKind::Source), another length than was said as
    /// [`Length`](TransportErrorKind::Length), in both cases before the server has all of it. A
    /// [`TransportError`] of the stream, as a transport around another passes one on, stays what it
    /// is.
    pub fn stream<S, E>(length: impl Into<Option<u64>>, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let failed = |error: E| match error.into().downcast::<TransportError>() {
            Ok(error) => *error,
            Err(error) => TransportError::new(TransportErrorKind::Source).with_source(error),
        };
        Self::from_chunks(length.into(), Box::pin(Failing { stream: Box::pin(stream), failed }))
    }

    pub(crate) fn from_chunks(length: Option<u64>, stream: BoxedStream) -> Self {
        let stream = Arc::new(Mutex::new(Some(stream)));
        Self::of(Bytes::new(), Content::Stream { length, stream }, Bytes::new(), None)
    }

    fn of(before: Bytes, content: Content, after: Bytes, progress: Option<Progress>) -> Self {
        Self(Kind::Parts(Arc::new(Parts { before, content, after, progress, whole: OnceLock::new() })))
    }

    /// Puts something before and behind the content, without a copy of it: a form around a file.
    #[must_use]
    pub fn framed(self, before: impl Into<Bytes>, after: impl Into<Bytes>) -> Self {
        let (content, progress) = self.into_content();
        Self::of(before.into(), content, after.into(), progress)
    }

    /// Tells `watch` how many bytes of the content, without what frames it, have been read so far:
    /// of a request, how many the connection has taken. A body that is sent again begins at 0.
    #[must_use]
    pub fn on_progress(self, watch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        let (before, after) = match &self.0 {
            Kind::Whole(_) => (Bytes::new(), Bytes::new()),
            Kind::Parts(parts) => (parts.before.clone(), parts.after.clone()),
        };
        Self::of(before, self.into_content().0, after, Some(Arc::new(watch)))
    }

    fn into_content(self) -> (Content, Option<Progress>) {
        match self.0 {
            Kind::Whole(bytes) => (Content::Bytes(bytes), None),
            Kind::Parts(parts) => (parts.content.clone(), parts.progress.clone()),
        }
    }

    /// How many bytes it has, if that is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes.len() as u64),
            Kind::Parts(parts) => {
                let content = match &parts.content {
                    Content::Bytes(bytes) => Some(bytes.len() as u64),
                    Content::Stream { length, .. } => *length,
                };
                content?.checked_add((parts.before.len() + parts.after.len()) as u64)
            }
        }
    }

    /// All of it, if it is in memory and no stream. What is framed is put together on the first
    /// call, which mocks and journals may make; a backend does not.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes),
            Kind::Parts(parts) => match &parts.content {
                Content::Bytes(content) => Some(
                    parts.whole.get_or_init(|| [&parts.before[..], content, &parts.after].concat().into()),
                ),
                Content::Stream { .. } => None,
            },
        }
    }

    pub(crate) fn bytes_or_none(&self) -> &Bytes {
        self.bytes().unwrap_or(&EMPTY)
    }

    /// Returns whether it is a stream.
    pub fn is_stream(&self) -> bool {
        matches!(&self.0, Kind::Parts(parts) if matches!(parts.content, Content::Stream { .. }))
    }

    /// Returns whether it is a stream that somebody has begun to read, so that nobody else can.
    pub fn is_spent(&self) -> bool {
        match &self.0 {
            Kind::Parts(parts) => match &parts.content {
                Content::Stream { stream, .. } => {
                    stream.lock().unwrap_or_else(PoisonError::into_inner).is_none()
                }
                Content::Bytes(_) => false,
            },
            Kind::Whole(_) => false,
        }
    }

    /// Its pieces, one after the other, whatever it is made of.
    pub fn into_chunks(self) -> Chunks {
        Chunks(match self.0 {
            Kind::Whole(bytes) => State::Whole(bytes),
            Kind::Parts(parts) => State::Parts(Box::new(Reading::new(&parts))),
        })
    }

    /// Reads it to its end.
    ///
    /// # Errors
    ///
    /// What ended the stream.
    pub async fn collect(self) -> Result<Bytes, TransportError> {
        if let Kind::Whole(bytes) = self.0 {
            return Ok(bytes);
        }
        let mut chunks = self.into_chunks();
        let mut all = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.freeze())
    }
}

impl Default for Body {
    /// An empty body.
    fn default() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }
}

macro_rules! from {
    ($($bytes:ty),*) => {$(
        impl From<$bytes> for Body {
            fn from(bytes: $bytes) -> Self {
                Self(Kind::Whole(bytes.into()))
            }
        }
    )*};
}
from!(Bytes, Vec<u8>, String, &'static str, &'static [u8]);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).field("is_stream", &self.is_stream()).finish()
    }
}

/// A stream whose errors become ours.
struct Failing<S, F> {
    stream: Pin<Box<S>>,
    failed: F,
}

impl<S, E, F> Stream for Failing<S, F>
where
    S: Stream<Item = Result<Bytes, E>>,
    F: Fn(E) -> TransportError + Unpin,
{
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.stream.as_mut().poll_next(context));
        Poll::Ready(next.map(|chunk| chunk.map_err(&self.failed)))
    }
}

/// The pieces of a [`Body`]. After an error there are no more.
pub struct Chunks(State);

enum State {
    Whole(Bytes),
    Parts(Box<Reading>),
}

/// How far a body of parts has been read.
struct Reading {
    before: Bytes,
    content: Rest,
    after: Bytes,
    /// The last piece of a stream, until the stream has ended as it should.
    last: Bytes,
    /// How much of the content is missing, if that is known.
    missing: Option<u64>,
    done: u64,
    progress: Option<Progress>,
}

enum Rest {
    Bytes(Bytes),
    /// Nobody has begun to read it.
    Waiting(Arc<Mutex<Option<BoxedStream>>>),
    /// Nobody locks it: only so can the pieces be shared between threads.
    Stream(Mutex<BoxedStream>),
    Over,
}

impl Chunks {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns whether nothing is left of bytes that are in memory.
    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn is_over(&self) -> bool {
        matches!(&self.0, State::Whole(rest) if rest.is_empty())
    }

    /// How many bytes are left, if that is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            State::Whole(bytes) => Some(bytes.len() as u64),
            State::Parts(reading) => {
                let framing = reading.before.len() + reading.last.len() + reading.after.len();
                reading.missing?.checked_add(framing as u64)
            }
        }
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            State::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            State::Whole(bytes) => Poll::Ready(Some(Ok(mem::take(bytes)))),
            State::Parts(reading) => {
                let next = ready!(reading.poll_next(context));
                if matches!(next, Some(Err(_))) {
                    self.0 = State::Whole(Bytes::new());
                }
                Poll::Ready(next)
            }
        }
    }
}

impl Reading {
    fn new(parts: &Parts) -> Self {
        let (content, missing) = match &parts.content {
            Content::Bytes(bytes) => (Rest::Bytes(bytes.clone()), Some(bytes.len() as u64)),
            Content::Stream { length, stream } => (Rest::Waiting(Arc::clone(stream)), *length),
        };
        Self {
            before: parts.before.clone(),
            content,
            after: parts.after.clone(),
            last: Bytes::new(),
            missing,
            done: 0,
            progress: parts.progress.clone(),
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if !self.before.is_empty() {
            return Poll::Ready(Some(Ok(mem::take(&mut self.before))));
        }
        let next = ready!(self.poll_content(context));
        if let Some(Ok(piece)) = &next {
            self.done += piece.len() as u64;
            if let Some(progress) = &self.progress {
                progress(self.done);
            }
        }
        let after = || Some(mem::take(&mut self.after)).filter(|after| !after.is_empty()).map(Ok);
        Poll::Ready(next.or_else(after))
    }

    fn poll_content(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            let stream = match &mut self.content {
                Rest::Over => return Poll::Ready(None),
                Rest::Bytes(bytes) => {
                    let piece = bytes.split_to(bytes.len().min(PIECE));
                    self.missing = Some(bytes.len() as u64);
                    return Poll::Ready(Some(piece).filter(|piece| !piece.is_empty()).map(Ok));
                }
                Rest::Waiting(stream) => {
                    let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let Some(stream) = stream else {
                        let spent = TransportError::new(TransportErrorKind::Invalid);
                        return Poll::Ready(Some(Err(spent.with_source("its stream was read before"))));
                    };
                    self.content = Rest::Stream(Mutex::new(stream));
                    continue;
                }
                Rest::Stream(stream) => stream.get_mut().unwrap_or_else(PoisonError::into_inner),
            };
            match ready!(stream.as_mut().poll_next(context)) {
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(Ok(piece)) => {
                    let Some(missing) = self.missing else { return Poll::Ready(Some(Ok(piece))) };
                    let Some(missing) = missing.checked_sub(piece.len() as u64) else {
                        return Poll::Ready(Some(Err(wrong_length("it has more bytes than was said"))));
                    };
                    self.missing = Some(missing);
                    if missing > 0 {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    // With it the server would have all, and nobody would ask what comes behind.
                    self.last = piece;
                }
                None => {
                    self.content = Rest::Over;
                    return Poll::Ready(match self.missing {
                        Some(missing @ 1..) => {
                            Some(Err(wrong_length(&format!("it ended {missing} bytes before its end"))))
                        }
                        _ => Some(mem::take(&mut self.last)).filter(|last| !last.is_empty()).map(Ok),
                    });
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

fn wrong_length(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Length).with_source(why.to_owned())
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("length", &self.length()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Gives its pieces at once.
    struct Pieces(Vec<Result<Bytes, &'static str>>);

    impl Stream for Pieces {
        type Item = Result<Bytes, &'static str>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(if self.0.is_empty() { None } else { Some(self.0.remove(0)) })
        }
    }

    fn stream(length: impl Into<Option<u64>>, pieces: &[Result<&'static str, &'static str>]) -> Body {
        Body::stream(length, Pieces(pieces.iter().map(|piece| piece.map(Bytes::from)).collect()))
    }

    /// What comes of a body, and how it ends.
    fn read(body: &Body) -> (String, Option<TransportErrorKind>) {
        let (mut chunks, mut text) = (body.clone().into_chunks(), String::new());
        loop {
            let Poll::Ready(next) = Pin::new(&mut chunks).poll_next(&mut Context::from_waker(Waker::noop()))
            else {
                panic!("it waits")
            };
            match next {
                Some(Ok(piece)) => text += str::from_utf8(&piece).unwrap(),
                Some(Err(error)) => return (text, Some(error.kind())),
                None => return (text, None),
            }
        }
    }

    #[test]
    fn a_body_is_what_its_parts_are_together() {
        for body in [
            Body::from("abc"),
            Body::from("b").framed("a", "c"),
            stream(3, &[Ok("a"), Ok(""), Ok("bc")]),
            stream(1, &[Ok("b")]).framed("a", "c"),
        ] {
            assert_eq!(body.length(), Some(3), "{body:?}");
            assert_eq!(read(&body), ("abc".to_owned(), None), "{body:?}");
            assert_eq!(body.bytes().map(|bytes| bytes == "abc"), (!body.is_stream()).then_some(true));
        }
        assert_eq!(read(&stream(None, &[Ok("a"), Ok("b")])), ("ab".to_owned(), None));
        assert_eq!(read(&Body::default()), (String::new(), None));
    }

    #[test]
    fn another_length_than_was_said_is_noticed_before_the_end_is_given_away() {
        let length = Some(TransportErrorKind::Length);
        assert_eq!(read(&stream(3, &[Ok("ab")])), ("ab".to_owned(), length));
        assert_eq!(read(&stream(3, &[Ok("ab"), Ok("cd")])), ("ab".to_owned(), length));
        assert_eq!(read(&stream(3, &[Ok("ab"), Ok("c"), Ok(""), Ok("d")])), ("ab".to_owned(), length));
        assert_eq!(read(&stream(0, &[Ok("a")])), (String::new(), length));
        let failed = Some(TransportErrorKind::Source);
        assert_eq!(read(&stream(3, &[Ok("ab"), Err("disk"), Ok("c")])), ("ab".to_owned(), failed));
    }

    #[test]
    fn a_stream_is_read_once() {
        let body = stream(1, &[Ok("a")]);
        let other = body.clone().framed("", "");
        assert!(!body.is_spent());
        assert_eq!(read(&other).1, None);
        assert!(body.is_spent());
        assert_eq!(read(&body), (String::new(), Some(TransportErrorKind::Invalid)));
    }

    #[test]
    fn whoever_watches_hears_of_the_content_alone() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let watch = || {
            let seen = Arc::clone(&seen);
            move |done| seen.lock().unwrap().push(done)
        };
        read(&Body::from(vec![b'x'; 2 * PIECE + 1]).on_progress(watch()).framed("form", "end"));
        read(&stream(3, &[Ok("a"), Ok("bc")]).framed("form", "end").on_progress(watch()));
        assert_eq!(*seen.lock().unwrap(), [PIECE as u64, 2 * PIECE as u64, 2 * PIECE as u64 + 1, 1, 3]);
    }
}
