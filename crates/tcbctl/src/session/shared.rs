//! The tokens of a live service, out of its store.

use std::path::Path;
use std::sync::Arc;

use tcb_api::Platform;
use tcb_auth::{StoreError, TokenStore};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;
use tcb_transport::Transport;
use tcb_types::{ComponentAppId, ComponentSecret, Secret};

use crate::failure::Failure;
use crate::settings::STORE;

/// How an address begins that is no path.
const REDIS: [&str; 4] = ["redis://", "rediss://", "valkey://", "valkeys://"];

/// A platform over the store at `place`.
pub(super) async fn platform(
    app_id: ComponentAppId,
    secret: ComponentSecret,
    place: &Secret,
    wire: Arc<dyn Transport>,
) -> Result<Platform, Box<Failure>> {
    let platform = Platform::builder(app_id, secret).transport(wire).store(open(place).await?);
    platform.build().map_err(|error| Failure::config(error.to_string()))
}

async fn open(place: &Secret) -> Result<Arc<dyn TokenStore>, Box<Failure>> {
    let place = place.expose();
    if REDIS.iter().any(|scheme| place.starts_with(scheme)) || place.starts_with("unix://") {
        let options = RedisOptions::new(place).map_err(|error| unusable(&error))?;
        return Ok(Arc::new(RedisStore::connect(options).await.map_err(|error| unusable(&error))?));
    }
    // Opening makes the file, and an empty store is nobody's.
    if !Path::new(place).exists() {
        return Err(Failure::config(format!("{STORE}: there is no file {place}")));
    }
    Ok(Arc::new(SqliteStore::open(place).map_err(|error| unusable(&error))?))
}

fn unusable(error: &StoreError) -> Box<Failure> {
    let failure = Failure::config(format!("{STORE}: {error}"));
    match std::error::Error::source(error) {
        Some(cause) => failure.why(cause.to_string()),
        None => failure,
    }
}
