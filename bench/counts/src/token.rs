//! A token that is at hand.

use std::hint::black_box;
use std::time::Duration;

use async_trait::async_trait;
use tcb_auth::{
    AuthorizerToken, CachePolicy, Encoded, Loaded, MemoryStore, PlatformTokens, StoreError, Subject,
    TokenKey, TokenSource as _, TokenStore, Version,
};
use tcb_types::{AuthorizerAppId, Clock as _, ComponentAppId, SystemClock};

use crate::drive::Work;
use crate::mint::Canned;
use crate::{Result, sample};

const PLATFORM: &str = "wx_platform";

/// Looks them up, in no order.
pub(crate) fn get(sources: Vec<AuthorizerToken>) -> Work {
    Box::new(move |calls| {
        let mut key = 0;
        for _ in 0..calls {
            // A prime step goes everywhere.
            key = (key + 50_021) % sources.len();
            black_box(sources[key].cached().ok_or("no token is at hand")?);
        }
        Ok(())
    })
}

/// What `keys` of them take, each, beside what names them outside the cache: in the cache alone, or
/// with a store that has a record for each.
pub async fn heap(keys: usize, with_store: bool, used: impl Fn() -> [usize; 2]) -> Result<[usize; 2]> {
    let tokens = if with_store { room(keys, MemoryStore::new()) } else { room(keys, Shared::default()) };
    let before = used();
    fetch(&tokens, keys).await?;
    let after = used();
    Ok([0, 1].map(|index| after[index].saturating_sub(before[index]) / keys))
}

/// The tokens of `keys` accounts, fetched.
pub async fn at_hand(keys: usize) -> Result<Vec<AuthorizerToken>> {
    let tokens = room(keys, Shared::default());
    fetch(&tokens, keys).await?;
    Ok((0..keys).map(|key| tokens.authorizer(sample::app_id(key))).collect())
}

/// Has `keys` accounts restored, and then the tokens of all of them fetched.
async fn fetch(tokens: &PlatformTokens, keys: usize) -> Result {
    tokens.ticket("ticket@@@some_verify_ticket", SystemClock.wall()).await?;
    for key in 0..keys {
        tokens.restore(sample::app_id(key), "refreshtoken@@@abc").await?;
    }
    for key in 0..keys {
        tokens.authorizer(sample::app_id(key)).token().await?;
    }
    Ok(())
}

/// A platform that has room for `keys` tokens and has none yet.
fn room(keys: usize, store: impl TokenStore + 'static) -> PlatformTokens {
    let mut policy = CachePolicy::default();
    // A cache that is full forgets tokens, and is never filled evenly.
    policy.capacity = 2 * keys;
    // To be slow is no reason here to look at the store again.
    policy.verify_after = Duration::from_secs(3600);
    policy.wait_after = Duration::from_secs(3600);
    let builder = PlatformTokens::builder(PLATFORM, "appsecret").transport(Canned::with_life(7200));
    builder.store(store).policy(policy).build()
}

/// A store in which all accounts have one and the same record, so that only the first of them has
/// to ask WeChat, and what it keeps is nothing beside what is at hand.
#[derive(Debug, Default)]
struct Shared(MemoryStore);

impl Shared {
    fn key(key: &TokenKey) -> TokenKey {
        match key.authorizer() {
            Some(_) => TokenKey::new(PLATFORM, Subject::Authorizer(sample::APP_ID.into())),
            None => key.clone(),
        }
    }
}

#[async_trait]
impl TokenStore for Shared {
    async fn load(&self, key: &TokenKey) -> std::result::Result<Loaded, StoreError> {
        self.0.load(&Self::key(key)).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> std::result::Result<Option<Version>, StoreError> {
        self.0.swap(&Self::key(key), expected, record).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> std::result::Result<Vec<AuthorizerAppId>, StoreError> {
        self.0.authorizers(component, after, limit).await
    }
}
