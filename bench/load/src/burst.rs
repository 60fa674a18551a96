//! How long pushes of authorisations wait when many come at once. WeChat gives up after five
//! seconds.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_api::Platform;
use tcb_api::auth::{MemoryStore, TokenSource as _, TokenStore};
use tcb_api::transport::{Request, Response, Transport, TransportError};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_bench_counts::sample;
use tcb_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

use crate::statistics::{micros, nanos_since};

const AT_ONCE: [usize; 3] = [10, 100, 1000];

pub(crate) async fn measure() {
    println!("| store | pushes at once | p50 ms | last ms | a ticket amid them, ms |");
    println!("| --- | --- | --- | --- | --- |");
    for count in AT_ONCE {
        push("memory", count, MemoryStore::new()).await;
    }
    for count in AT_ONCE {
        let folder = tempfile::tempdir().unwrap();
        push("SQLite", count, SqliteStore::open(folder.path().join("tokens.db")).unwrap()).await;
    }
    println!("{}", json!({ "ratios": {} }));
}

async fn push(name: &str, count: usize, store: impl TokenStore + 'static) {
    let platform =
        Platform::builder("wx_platform", "appsecret").transport(AnyCode).store(store).build().unwrap();
    let tokens = platform.tokens();
    tokens.ticket("ticket@@@0", SystemClock.wall()).await.unwrap();
    tokens.component().token().await.unwrap();
    let mut pushes = JoinSet::new();
    for number in 0..count {
        let (tokens, app_id) = (tokens.clone(), sample::app_id(number));
        pushes.spawn(async move {
            let (begun, created) = (SystemClock.monotonic(), SystemClock.wall());
            tokens.authorized(app_id.as_str(), app_id.as_str(), created).await.unwrap();
            nanos_since(begun)
        });
    }
    let ticket = {
        let tokens = tokens.clone();
        tokio::spawn(async move {
            let begun = SystemClock.monotonic();
            tokens.ticket("ticket@@@1", SystemClock.wall()).await.unwrap();
            nanos_since(begun)
        })
    };
    let mut waited = pushes.join_all().await;
    waited.sort_unstable();
    let ticket = ticket.await.unwrap();
    assert!(platform.close(Duration::from_secs(120)).await, "the codes are not exchanged");
    let (median, last) = (micros(&waited, 0.5) / 1e3, micros(&waited, 1.0) / 1e3);
    println!("| {name} | {count} | {median:.1} | {last:.1} | {:.1} |", micros(&[ticket], 1.0) / 1e3);
}

/// Answers at once. A code is the appid that it is for.
#[derive(Clone, Copy, Debug)]
struct AnyCode;

#[async_trait]
impl Transport for AnyCode {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body: Value = serde_json::from_slice(request.body_bytes()).unwrap();
        Ok(Response::json(match request.operation() {
            "getComponentAccessToken" => {
                json!({ "component_access_token": sample::TOKEN, "expires_in": 7200 })
            }
            _ => json!({ "authorization_info": {
                "authorizer_appid": body["authorization_code"],
                "authorizer_access_token": sample::TOKEN,
                "expires_in": 7200,
                "authorizer_refresh_token": "refreshtoken@@@abc",
                "func_info": [],
            } }),
        }))
    }
}
