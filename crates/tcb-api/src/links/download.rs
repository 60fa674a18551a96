use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tcb_transport::{AttemptError, Body, Chunks};
use tcb_types::Class;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::error::Cause;
use crate::retry::judge;
use crate::{Error, ErrorKind};

pub(super) const DOWNLOAD: &str = "link.download";

/// Who is told how far something has got.
pub(super) type Watch = Arc<dyn Fn(Progress) + Send + Sync>;

/// A file on its way: a `Stream` of its pieces, which is also read with [`next`](Self::next) or
/// [written](Self::write_to) somewhere. Made by
/// [`Links::download_stream`](super::Links::download_stream).
///
/// Memory stays bounded, whatever the size: what nobody takes is not read from the connection.
/// Dropped, it ends. Once it has begun nothing is repeated: after an error, ask again.
pub struct Download {
    chunks: Chunks,
    length: Option<u64>,
    done: u64,
    watch: Option<Watch>,
}

/// How far an upload or a download has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the content so far: that the connection has taken, or that the caller has.
    pub done: u64,
    /// Bytes of the whole content, if that is known.
    pub total: Option<u64>,
}

impl Download {
    pub(super) fn new(body: Body, watch: Option<Watch>) -> Self {
        Self { length: body.length(), chunks: body.into_chunks(), done: 0, watch }
    }

    /// How many bytes the file has, if the storage said so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the connection breaks or stands still for too long. There is
    /// nothing behind an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Writes all of it to `writer`, flushes that, and returns how many bytes there were.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`ErrorKind::Content`] when writing fails.
    pub async fn write_to(mut self, writer: &mut (impl AsyncWrite + Unpin + Send)) -> Result<u64, Error> {
        let failed = |error| Error::new(ErrorKind::Content, DOWNLOAD, 1, Cause::Io(error));
        while let Some(piece) = self.next().await {
            writer.write_all(&piece?).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
        Ok(self.done)
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.chunks).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &next {
            self.done += piece.len() as u64;
            if let Some(watch) = &self.watch {
                watch(Progress { done: self.done, total: self.length });
            }
        }
        next.map(|next| {
            next.map(|piece| {
                piece.map_err(|error| {
                    let failure = AttemptError::from(error);
                    Error::new(judge(Class::Read, &failure).kind, DOWNLOAD, 1, Cause::Attempt(failure))
                })
            })
        })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("length", &self.length)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
