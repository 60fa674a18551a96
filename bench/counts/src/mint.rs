//! A refresh of one authorizer's token, over a transport that answers at once and the store in
//! memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use tcb_auth::{CachePolicy, PlatformTokens, TokenSource as _};
use tcb_transport::{Request, Response, Transport, TransportError};
use tcb_types::Clock as _;
use tokio::runtime::Runtime;

use crate::drive::Work;
use crate::{Ahead, Result, sample};

/// How long the authorizer's tokens live, in seconds: as short as the SDK believes.
const LIFE: u64 = 60;

pub(crate) fn refresh(runtime: &Arc<Runtime>) -> Result<Work> {
    let clock = Ahead::default();
    let mut policy = CachePolicy::default();
    // The platform's own token is not what is counted: it is neither compared with the store nor
    // refreshed meanwhile.
    policy.verify_after = Duration::from_secs(86_400);
    policy.wait_after = Duration::from_secs(86_400);
    policy.ticket_life = Duration::from_secs(86_400);
    let transport = Canned::with_life(LIFE);
    let asked = Arc::clone(&transport.asked);
    let tokens = PlatformTokens::builder("wx_platform", "appsecret")
        .transport(transport)
        .clock(clock.clone())
        .policy(policy)
        .build();
    runtime.block_on(async {
        tokens.ticket("ticket@@@some_verify_ticket", clock.wall()).await?;
        tokens.restore(sample::APP_ID, "refreshtoken@@@abc").await
    })?;
    let source = tokens.authorizer(sample::APP_ID);
    let runtime = Arc::clone(runtime);
    Ok(Box::new(move |calls| {
        let before = asked.load(Ordering::Relaxed);
        runtime.block_on(async {
            for _ in 0..calls {
                // Moments are whole milliseconds, so a token lives for up to one more.
                clock.jump(Duration::from_secs(LIFE + 1));
                source.token().await?;
            }
            Result::Ok(())
        })?;
        let refreshes = usize::try_from(asked.load(Ordering::Relaxed) - before)?;
        if refreshes == calls {
            Ok(())
        } else {
            Err(format!("{refreshes} refreshes in {calls} calls").into())
        }
    }))
}

/// Answers the two token calls.
#[derive(Debug)]
pub struct Canned {
    component: Bytes,
    authorizer: Bytes,
    asked: Arc<AtomicU64>,
}

impl Canned {
    /// The authorizers' tokens live for so many seconds.
    pub fn with_life(seconds: u64) -> Self {
        let component = format!(r#"{{"component_access_token":"{}","expires_in":86400}}"#, sample::TOKEN);
        let authorizer = sample::authorizer_token(seconds);
        Self { component: component.into(), authorizer: authorizer.into(), asked: Arc::default() }
    }
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: Request) -> std::result::Result<Response, TransportError> {
        let body = if request.path().ends_with("api_component_token") {
            &self.component
        } else {
            self.asked.fetch_add(1, Ordering::Relaxed);
            &self.authorizer
        };
        Ok(Response::new(StatusCode::OK, body.clone()))
    }
}
