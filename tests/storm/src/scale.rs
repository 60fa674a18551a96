//! Time, a hundredth of the real one.

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

/// How long Redis may take, and any store three times as long. It is not scaled: two cores do not answer in five milliseconds.
pub(crate) const STORE_TIMEOUT: Duration = Duration::from_millis(100);

/// Each token call takes up to twice this longer than the emulator does, half of it before and half after it is carried out, so that a
/// fault can come in between.
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

/// The way to the emulator, on which tokens live as much shorter as its time runs faster.
#[derive(Debug)]
pub(crate) struct ScaledTransport(HyperTransport);

impl ScaledTransport {
    pub(crate) fn new(base_url: &str) -> Self {
        Self(HyperTransport::new(HttpOptions::new(base_url.parse().unwrap())).unwrap())
    }
}

#[async_trait]
impl Transport for ScaledTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let token_call = matches!(
            request.operation(),
            "getComponentAccessToken" | "getAuthorizerAccessToken" | "getAuthorizerRefreshToken"
        );
        if !token_call {
            return self.0.send(request).await;
        }
        tokio::time::sleep(scaled(LATENCY, fastrand::f64())).await;
        let response = self.0.send(request).await?;
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
