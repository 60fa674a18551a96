use std::time::Duration;

use tcb_api::auth::{AccessToken, AuthError, AuthErrorKind, CachedSource, TokenSource};
use tcb_api::{Client, async_trait};

// ANCHOR: source
/// Your company's token service.
#[derive(Debug)]
pub(crate) struct Vault {
    pub(crate) asked: std::sync::atomic::AtomicUsize,
}

#[async_trait]
impl TokenSource for Vault {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        let (token, seconds) = self.read("shop-7").await.map_err(|error| {
            let unavailable = AuthError::new(AuthErrorKind::Unavailable).with_source(error);
            unavailable.retry_in(Duration::from_secs(5))
        })?;
        Ok(AccessToken::authorizer(token).expires_in(Duration::from_secs(seconds)))
    }
}
// ANCHOR_END: source

impl Vault {
    async fn read(&self, _: &str) -> std::io::Result<(String, u64)> {
        tokio::task::yield_now().await;
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(("61_abc".to_owned(), 7200))
    }
}

pub(crate) fn client(
    vault: std::sync::Arc<Vault>,
    base_url: &str,
) -> Result<Client, Box<dyn std::error::Error>> {
    // ANCHOR: client
    let shop = Client::builder()
        .token(CachedSource::new(vault))
        .base_url(base_url.parse()?) // leave it out, and it is WeChat itself
        .build()?;
    // ANCHOR_END: client
    Ok(shop)
}
