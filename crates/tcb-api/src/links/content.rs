use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use tcb_transport::Body;
use tokio::io::{AsyncRead, ReadBuf};

use crate::error::Cause;
use crate::{Error, ErrorKind};

/// What is uploaded: bytes, or a stream of them, and of what type they are if that is known. Bytes
/// and texts turn into it by themselves.
///
/// ```
/// use tcb_api::Content;
///
/// let page = Content::from("<h1>Corner shop</h1>").content_type("text/html; charset=utf-8");
/// ```
///
/// A stream is read while it is sent, piece by piece, so that a file of any size takes little
/// memory. It can be read once: an upload that fails after the first piece has left is not
/// repeated.
#[derive(Clone)]
#[must_use]
pub struct Content {
    pub(super) body: Body,
    content_type: Option<String>,
}

impl Content {
    /// Bytes of no known type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { body: Body::from(bytes.into()), content_type: None }
    }

    /// What `reader` reads, which has `length` bytes: a file, for example.
    ///
    /// ```no_run
    /// # async fn example(shop: tcb_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use tcb_api::Content;
    ///
    /// let file = tokio::fs::File::open("film.mp4").await?;
    /// let content = Content::reader(file.metadata().await?.len(), file).content_type("video/mp4");
    /// shop.env("shop-prod-1a2b3c").files().upload("films/film.mp4", content).await?;
    /// # Ok(()) }
    /// ```
    pub fn reader(length: u64, reader: impl AsyncRead + Send + 'static) -> Self {
        Self::stream(length, Pieces { reader: Box::pin(reader), buffer: vec![0; PIECE] })
    }

    /// The pieces that `stream` gives, which have `length` bytes together.
    pub fn stream<S, E>(length: u64, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self { body: Body::stream(length, stream), content_type: None }
    }

    /// Sets the content type, which is what a browser will be told when it opens the file: a page
    /// of a static website needs it.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..self }
    }

    pub(super) fn media_type(&self, operation: &str) -> Result<Option<HeaderValue>, Error> {
        self.content_type.as_deref().map(|media_type| header_value(operation, media_type)).transpose()
    }
}

/// A header of an upload.
pub(super) fn header_value(operation: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|_| {
        let cause = Cause::Text("a value of the permission, or the content type, cannot be a header");
        Error::new(ErrorKind::Request, operation, 0, cause)
    })
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Bytes::copy_from_slice(bytes))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("body", &self.body).field("content_type", &self.content_type).finish()
    }
}

/// How much of a reader is read at once.
const PIECE: usize = 64 * 1024;

/// What a reader reads, in pieces.
struct Pieces<R> {
    reader: Pin<Box<R>>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead> Stream for Pieces<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { reader, buffer } = &mut *self;
        let mut buffer = ReadBuf::new(buffer);
        let read = ready!(reader.as_mut().poll_read(context, &mut buffer));
        let piece = buffer.filled();
        Poll::Ready(match read {
            Ok(()) if piece.is_empty() => None,
            read => Some(read.map(|()| Bytes::copy_from_slice(piece))),
        })
    }
}
