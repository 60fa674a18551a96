//! Time, a hundredth of the real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tcb_api::auth::CachePolicy;
use tcb_api::transport::{HttpOptions, HyperTransport, Request, Response, Transport, TransportError};
use tcb_api::types::scaled;

/// How many times as fast as ours WeChat's time runs.
pub(crate) const SPEED: u32 = 100;

/// How long a replaced access token works on.
pub(crate) const OVERLAP: Duration = Duration::from_secs(300 / SPEED as u64);

/// How long Redis may take, and any store three times as long. It is not scaled: two cores do not
/// answer in five milliseconds.
pub(crate) const STORE_TIMEOUT: Duration = Duration::from_millis(100);

/// Each token call takes up to twice this longer than the emulator does, half of it before and half
/// after it is carried out, so that a fault can come in between.
const LATENCY: Duration = Duration::from_millis(10);

pub(crate) fn policy() -> CachePolicy {
    let mut policy = CachePolicy::default().scaled_down(SPEED);
    policy.store_timeout = 3 * STORE_TIMEOUT;
    policy
}

/// How many times a token is renewed for its age alone, in this time.
pub(crate) fn renewals(time: Duration) -> u64 {
    let policy = policy();
    let life = Duration::from_secs(7200 / u64::from(SPEED));
    let renewed = life.saturating_sub(policy.refresh_ahead).saturating_sub(policy.refresh_spread);
    time.as_secs() / renewed.as_secs()
}

/// A transport to the emulator over which tokens live as much shorter as its time runs faster.
#[derive(Debug)]
pub(crate) struct ScaledTransport {
    http: HyperTransport,
    /// While this is set, it asks for every token of a merchant twice.
    pub(crate) wasteful: Arc<AtomicBool>,
}

impl ScaledTransport {
    pub(crate) fn new(base_url: &str) -> Self {
        let http = HyperTransport::new(HttpOptions::new(base_url.parse().unwrap())).unwrap();
        Self { http, wasteful: Arc::default() }
    }

    async fn ask_for_token(&self, request: Request) -> Result<Response, TransportError> {
        tokio::time::sleep(scaled(LATENCY, fastrand::f64())).await;
        let response = self.http.send(request).await?;
        tokio::time::sleep(scaled(LATENCY, fastrand::f64())).await;
        let Ok(mut answer) = serde_json::from_slice::<Value>(response.body()) else { return Ok(response) };
        for pointer in ["/expires_in", "/authorization_info/expires_in"] {
            if let Some(seconds) = answer.pointer_mut(pointer) {
                *seconds = (seconds.as_u64().unwrap_or_default() / u64::from(SPEED)).into();
            }
        }
        Ok(Response::new(response.status(), answer.to_string()))
    }
}

#[async_trait]
impl Transport for ScaledTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match request.operation() {
            "getAuthorizerAccessToken" if self.wasteful.load(Ordering::Relaxed) => {
                self.ask_for_token(request.clone()).await?;
                self.ask_for_token(request).await
            }
            "getComponentAccessToken" | "getAuthorizerAccessToken" | "getAuthorizerRefreshToken" => {
                self.ask_for_token(request).await
            }
            _ => self.http.send(request).await,
        }
    }
}
