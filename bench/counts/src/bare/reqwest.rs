//! reqwest, used as its documentation says.

use std::net::SocketAddr;

use http::{HeaderValue, header};
use reqwest::Client;

use crate::drive::Caller;
use crate::{Result, sample};

#[derive(Clone)]
pub(crate) struct Reqwest {
    client: Client,
    base: String,
}

pub(crate) fn callers(server: SocketAddr, tasks: usize) -> Result<Vec<Reqwest>> {
    // Without TLS in the call, which provider it is makes no difference.
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is one already")?;
    let client = Client::builder().no_proxy().build()?;
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
