use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::caller::{Body, Caller, check};
use crate::account;

/// hyper at its leanest: a connection of the caller's own, no pool, no time-out.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    token: String,
}

impl Connection {
    pub(super) async fn open(base_url: &str) -> Self {
        let host = base_url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        // It ends with its sender.
        tokio::spawn(connection);
        Self { sender, host: host.parse().unwrap(), token: account::token(0) }
    }
}

impl Caller for Connection {
    async fn call(&mut self) {
        let mut target = String::with_capacity(256);
        target.push_str(account::PATH);
        target.push_str("?access_token=");
        target.push_str(&self.token);
        let mut request = Request::new(Full::new(Bytes::from(Body::encode())));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = Uri::from(PathAndQuery::from_maybe_shared(Bytes::from(target)).unwrap());
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.sender.ready().await.unwrap();
        let mut answer = self.sender.send_request(request).await.unwrap();
        assert!(answer.status().is_success());
        let frame = answer.body_mut().frame().await.unwrap().unwrap();
        check(frame.data_ref().unwrap());
        // The connection is free when the end of the body has been seen.
        assert!(answer.body_mut().frame().await.is_none());
    }
}
