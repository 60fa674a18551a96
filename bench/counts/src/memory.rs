//! The call over a connection in memory: no socket, no event loop, so the count is the same each
//! time.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tcb_api::{Client, StaticToken};
use tcb_transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::bare::hyper::Hyper;
use crate::send::Sdk;
use crate::{Result, sample};

const HOST: &str = "api.weixin.qq.com";

/// hyper alone.
pub(crate) async fn hyper() -> Result<Hyper> {
    Hyper::over(Answering::new(), HOST).await
}

/// `Client::send` over the thinnest transport that hyper allows: what is above the transport, and
/// hyper.
pub(crate) async fn send() -> Result<Sdk> {
    let transport = Thin::connected().await?;
    let client = Client::builder().token(StaticToken::new(sample::TOKEN)).transport(transport).build()?;
    Ok(Sdk::new(client))
}

/// A connection that answers each request as soon as all of it is written.
struct Answering {
    answer: Bytes,
    /// hyper flushes when a request is complete.
    unflushed: bool,
    waiting: usize,
    reader: Option<Waker>,
}

impl Answering {
    fn new() -> Self {
        Self { answer: sample::answer(sample::PATH), unflushed: false, waiting: 0, reader: None }
    }
}

impl AsyncRead for Answering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.waiting == 0 {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        self.waiting -= 1;
        buffer.put_slice(&self.answer);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Answering {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.unflushed = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.unflushed = true;
        Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
    }

    /// As a socket's, so that hyper takes the same path.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.unflushed) {
            self.waiting += 1;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A transport that does what bare hyper does, and no more: no pool, no time limit, no size limit.
#[derive(Debug)]
struct Thin {
    idle: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Thin {
    async fn connected() -> Result<Self> {
        let (connection, driver) = handshake(TokioIo::new(Answering::new())).await?;
        tokio::spawn(driver);
        Ok(Self { idle: Mutex::new(Some(connection)) })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Option<SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, request: Request) -> Result<Response> {
        let token = request.query_token().ok_or("no token")?;
        let target = [request.path(), "?", token.parameter(), "=", token.value().expose()].concat();
        let request = http::Request::post(http::Uri::from_maybe_shared(Bytes::from(target))?)
            .header(header::HOST, HeaderValue::from_static(HOST))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::from(request.body_bytes().clone()))?;
        let mut connection = self.idle().take().ok_or("the connection is busy")?;
        connection.ready().await?;
        let (head, mut answer) = connection.send_request(request).await?.into_parts();
        let frame = answer.frame().await.ok_or("no body")??;
        let body = frame.into_data().map_err(|_| "no data")?;
        *self.idle() = Some(connection);
        Ok(http::Response::from_parts(head, body).into())
    }
}

#[async_trait]
impl Transport for Thin {
    async fn send(&self, request: Request) -> std::result::Result<Response, TransportError> {
        let exchanged = self.exchange(request).await;
        exchanged.map_err(|error| TransportError::new(TransportErrorKind::Interrupted).with_source(error))
    }
}
