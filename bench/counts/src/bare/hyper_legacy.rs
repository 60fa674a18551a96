//! The pooling client of hyper-util.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::drive::Caller;
use crate::{Result, sample};

#[derive(Clone)]
pub(crate) struct Legacy {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

pub(crate) fn callers(server: SocketAddr, tasks: usize) -> Vec<Legacy> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    vec![Legacy { client, base: format!("http://{server}") }; tasks]
}

impl Caller for Legacy {
    async fn call(&mut self) -> Result {
        let request = Request::post(http::Uri::from_maybe_shared(Bytes::from(sample::target(&self.base)))?)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::from(sample::body()?))?;
        let answer = self.client.request(request).await?;
        sample::check(&answer.into_body().collect().await?.to_bytes())
    }
}
