//! The store against a real `PostgreSQL`.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]
#![cfg(unix)]

mod migration;
mod outage;
mod sealed;
mod settings;
mod store;
#[cfg(feature = "tls")]
mod tls;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tcb_auth::{Subject, TokenKey};
use tcb_store_postgres::{PostgresOptions, PostgresStore};
use tcb_test_kit::postgres::PostgresServer;

/// The server of all tests that do not harm it.
fn server() -> Option<&'static PostgresServer> {
    static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
    SERVER.get_or_init(|| PostgresServer::for_test(&[])).as_ref()
}

fn shop() -> TokenKey {
    TokenKey::new("wxplatform", Subject::Authorizer("wxshop".into()))
}

fn options(server: &PostgresServer) -> PostgresOptions {
    PostgresOptions::new(&server.url()).unwrap()
}

/// A schema that nobody has.
fn schema() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// An empty store: one with a schema of its own.
async fn fresh(server: &PostgresServer) -> PostgresStore {
    PostgresStore::connect(options(server).schema(schema()).unwrap()).await.unwrap()
}
