//! The store against a real `redis-server`.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod cluster;
mod failover;
mod format;
mod outage;
mod sealed;
mod settings;
mod store;
#[cfg(feature = "tls")]
mod tls;

use std::sync::atomic::{AtomicU32, Ordering};

use tcb_auth::{Subject, TokenKey};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::RedisServer;

fn shop() -> TokenKey {
    TokenKey::new("wxplatform", Subject::Authorizer("wxshop".into()))
}

async fn connect(server: &RedisServer) -> RedisStore {
    RedisStore::connect(RedisOptions::new(&server.url()).unwrap()).await.unwrap()
}

/// An empty store: one with a prefix of its own.
async fn fresh(server: &RedisServer) -> RedisStore {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let options = RedisOptions::new(&server.url()).unwrap().prefix(prefix).unwrap();
    RedisStore::connect(options).await.unwrap()
}
