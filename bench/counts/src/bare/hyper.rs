//! hyper's own connections, one per task, with the least that they need: the client that the SDK is
//! compared with.

use std::net::SocketAddr;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::drive::Caller;
use crate::{Result, sample};

/// A connection of its own.
#[derive(Debug)]
pub struct Hyper {
    connection: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

/// One for each task.
pub async fn callers(server: SocketAddr, tasks: usize) -> Result<Vec<Hyper>> {
    let mut callers = Vec::new();
    for _ in 0..tasks {
        let socket = TcpStream::connect(server).await?;
        socket.set_nodelay(true)?;
        callers.push(Hyper::over(socket, &server.to_string()).await?);
    }
    Ok(callers)
}

impl Hyper {
    pub(crate) async fn over(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        host: &str,
    ) -> Result<Self> {
        let (connection, driver) = handshake(TokioIo::new(io)).await?;
        tokio::spawn(driver);
        Ok(Self { connection, host: host.parse()? })
    }
}

impl Caller for Hyper {
    async fn call(&mut self) -> Result {
        let mut request = Request::new(Full::from(sample::body()?));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = PathAndQuery::from_maybe_shared(Bytes::from(sample::target("")))?.into();
        request.headers_mut().insert(header::HOST, self.host.clone());
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.connection.ready().await?;
        let mut answer = self.connection.send_request(request).await?.into_body();
        let frame = answer.frame().await.ok_or("no body")??;
        let body = frame.into_data().map_err(|_| "no data")?;
        sample::check(&body)
    }
}
