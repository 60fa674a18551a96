use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, ClientBuilder};

use super::{Body, check};
use crate::account;

/// reqwest as its documentation uses it, with the time-out that every program needs.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    base_url: String,
    token: String,
}

/// Without a provider, reqwest makes no client, though this one never speaks TLS.
pub(crate) fn builder() -> ClientBuilder {
    // A second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

impl Caller {
    pub(super) fn new(base_url: &str) -> Self {
        let client = builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        Self { client, base_url: base_url.to_owned(), token: account::token(0) }
    }
}

impl super::Caller for Caller {
    async fn call(&mut self) {
        let url = format!("{}{}?access_token={}", self.base_url, account::PATH, self.token);
        let request =
            self.client.post(url).header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = request.body(Body::encode()).send().await.unwrap();
        assert!(answer.status().is_success());
        check(&answer.bytes().await.unwrap());
    }
}
