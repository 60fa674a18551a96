//! reqwest, used as its documentation says.

use std::net::SocketAddr;

use http::{HeaderValue, header};
use reqwest::{Client, ClientBuilder};

use crate::drive::Caller;
use crate::{Result, sample};

/// A clone shares its connections.
#[derive(Clone, Debug)]
pub struct Reqwest {
    client: Client,
    base: String,
}

/// Without TLS in the call, which provider it is makes no difference; without one, reqwest makes no
/// client.
pub(crate) fn builder() -> ClientBuilder {
    // A second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

/// One for each task, over one client.
pub fn callers(server: SocketAddr, tasks: usize) -> Result<Vec<Reqwest>> {
    let client = builder().no_proxy().build()?;
    Ok(vec![Reqwest { client, base: format!("http://{server}") }; tasks])
}

impl Caller for Reqwest {
    async fn call(&mut self) -> Result {
        let request = self
            .client
            .post(sample::target(&self.base))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(sample::body()?);
        sample::check(&request.send().await?.bytes().await?)
    }
}
