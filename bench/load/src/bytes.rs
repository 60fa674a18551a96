//! What a merchant's token costs in memory: `tcb-bench-bytes MERCHANTS` fetches that many tokens
//! into the cache of one platform and prints what that has allocated and what the process has grown
//! by, per merchant.

#![expect(clippy::print_stdout, reason = "it talks to another process, or to a person")]
#![expect(clippy::unwrap_used, reason = "it is a measurement: what goes wrong ends it")]

#[expect(dead_code, reason = "the other program uses more of it")]
mod account;
mod ledger;
#[expect(dead_code, reason = "the other program uses more of it")]
mod machine;
#[expect(dead_code, reason = "the other program uses more of it")]
mod template;

use std::alloc::System;
use std::env;

use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tcb_api::Platform;
use tcb_api::auth::{CachePolicy, TokenSource as _};
use tokio::task::JoinSet;

use self::ledger::{Ledger, Silence};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many tokens are fetched at the same time.
const AT_ONCE: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let merchants: usize = env::args().nth(1).and_then(|word| word.parse().ok()).unwrap();
    let mut policy = CachePolicy::default();
    // Shards fill up unevenly, and none is to forget anything.
    policy.capacity = 2 * merchants;
    let platform = Platform::builder(account::PLATFORM, "appsecret")
        .transport(Silence)
        .store(Ledger::new().await)
        .cache(policy)
        .build()
        .unwrap();
    fetch(&platform, 0..AT_ONCE).await;
    let (heap, rss) = (heap_bytes(), machine::rss_bytes());
    for begin in (AT_ONCE..merchants + AT_ONCE).step_by(AT_ONCE) {
        fetch(&platform, begin..begin + AT_ONCE).await;
    }
    let (heap, rss) = (heap_bytes() - heap, machine::rss_bytes().saturating_sub(rss));
    let merchants = merchants as u64;
    println!("{}", json!({ "heap": heap / merchants, "rss": rss / merchants }));
}

async fn fetch(platform: &Platform, numbers: std::ops::Range<usize>) {
    let mut tasks = JoinSet::new();
    for number in numbers {
        let source = platform.tokens().authorizer(account::app_id(number));
        tasks.spawn(async move { source.token().await.map(drop).unwrap() });
    }
    tasks.join_all().await;
}

fn heap_bytes() -> u64 {
    let stats = ALLOCATOR.stats();
    // Growth and shrinking in place count into the same two sums.
    (stats.bytes_allocated - stats.bytes_deallocated) as u64
}
