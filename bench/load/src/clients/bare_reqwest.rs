use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::caller::{self, Body, check};
use crate::account;

/// reqwest as its documentation uses it, with the time-out that every program needs.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    base_url: String,
    token: String,
}

/// A client that never speaks TLS, with a configuration for it all the same: without one, reqwest
/// reads the machine's roots.
pub(crate) fn builder() -> ClientBuilder {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Client::builder().tls_backend_preconfigured(tls)
}

impl Caller {
    pub(super) fn new(base_url: &str) -> Self {
        let client = builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        Self { client, base_url: base_url.to_owned(), token: account::token(0) }
    }
}

impl caller::Caller for Caller {
    async fn call(&mut self) {
        let url = format!("{}{}?access_token={}", self.base_url, account::PATH, self.token);
        let request =
            self.client.post(url).header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = request.body(Body::encode()).send().await.unwrap();
        assert!(answer.status().is_success());
        check(&answer.bytes().await.unwrap());
    }
}
