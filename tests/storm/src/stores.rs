//! The store that all processes share.

use std::sync::Arc;
use std::time::Duration;

use tcb_api::auth::{StoreErrorKind, TokenStore};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;

use crate::scale::STORE_TIMEOUT;

/// Opens the store at `place`, as soon as it can be.
pub(crate) async fn open(place: &str) -> Arc<dyn TokenStore> {
    if !place.starts_with("redis://") {
        return loop {
            // Somebody may hold it locked.
            match SqliteStore::open(place) {
                Ok(store) => break Arc::new(store),
                Err(error) if error.kind() == StoreErrorKind::Unavailable => {}
                Err(error) => panic!("{error:?}"),
            }
        };
    }
    loop {
        let options = RedisOptions::new(place).unwrap().timeout(STORE_TIMEOUT);
        match RedisStore::connect(options).await {
            Ok(store) => return Arc::new(store),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
