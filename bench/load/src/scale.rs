//! A million merchants behind a cache that holds a tenth of them.
//!
//! The calls of some hours are made one after the other on a clock that jumps from one to the next.
//! Which merchant a call is for follows Zipf's law: a few are called for all the time, most hardly
//! ever. WeChat answers at once, so what takes time is the SDK and the store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use serde_json::json;
use tcb_api::Platform;
use tcb_api::auth::{
    CachePolicy, Encoded, Loaded, MemoryStore, StoreError, Subject, TokenKey, TokenSource as _, TokenStore,
    Version,
};
use tcb_api::types::{AuthorizerAppId, Clock as _, ComponentAppId, SystemClock};
use tcb_bench_counts::{Canned, rss_bytes, sample};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::HandClock;
use tempfile::TempDir;

use crate::statistics::{count, micros, nanos_since};

const MERCHANTS: usize = 1_000_000;
/// How many tokens the cache holds.
const CAPACITY: usize = 100_000;
/// How many calls a second, of the clock that jumps.
const RATE: u32 = 200;
const CALLS_PER_HOUR: u32 = 3600 * RATE;
/// How many hours are walked before the one that counts. A token lives for two.
const HOURS_BEFORE: u32 = 2;
/// How long a token lives, in seconds.
const LIFE: u64 = 7200;

const PLATFORM: &str = "wx_platform";

/// Counts what a store is asked for.
#[derive(Clone, Debug)]
struct Counted<S> {
    store: S,
    loads: Arc<AtomicU64>,
    swaps: Arc<AtomicU64>,
}

#[async_trait]
impl<S: TokenStore> TokenStore for Counted<S> {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.store.load(key).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        self.swaps.fetch_add(1, Ordering::Relaxed);
        self.store.swap(key, expected, record).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        self.store.authorizers(component, after, limit).await
    }
}

/// What calls got their tokens from, and how long that took each, in nanoseconds.
#[derive(Default)]
struct Costs {
    /// From the cache, without asking anybody.
    hits: Vec<u64>,
    /// After a look into the store: the token was not at hand, or had not been compared for a
    /// minute.
    looks: Vec<u64>,
    /// From WeChat, after a wait.
    mints: Vec<u64>,
}

pub(crate) async fn walk() {
    let folder = TempDir::new().unwrap();
    let clock = HandClock::at(SystemClock.wall().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let begun = SystemClock.monotonic();
    let store = seeded(&folder.path().join("tokens.sqlite"), &clock).await;
    println!("{MERCHANTS} merchants seeded in {:.0} s.", count(nanos_since(begun)) / 1e9);

    let store = Counted { store, loads: Arc::default(), swaps: Arc::default() };
    let mut policy = CachePolicy::default();
    policy.capacity = CAPACITY;
    let platform = Platform::builder(PLATFORM, "appsecret")
        .transport(Canned::with_life(LIFE))
        .store(store.clone())
        .clock(clock.clone())
        .cache(policy)
        .build()
        .unwrap();
    platform.tokens().ticket("ticket@@@0", clock.wall()).await.unwrap();
    let ranks = Zipf::new(MERCHANTS);
    let rss = rss_bytes();
    for _ in 0..HOURS_BEFORE {
        hour(&platform, &clock, &ranks).await;
    }
    let begun = SystemClock.monotonic();
    let asked = || {
        [
            store.loads.load(Ordering::Relaxed),
            store.swaps.load(Ordering::Relaxed),
            platform.tokens().counters().mints,
        ]
    };
    let before = asked();
    let mut costs = hour(&platform, &clock, &ranks).await;
    let after = asked();
    let [loads, swaps, mints] = [0, 1, 2].map(|index| after[index] - before[index]);
    let grown = rss_bytes().saturating_sub(rss);
    println!(
        "The hour after {HOURS_BEFORE}: {CALLS_PER_HOUR} calls, {RATE} a second, in {:.0} s. The cache holds {CAPACITY} tokens.\n",
        count(nanos_since(begun)) / 1e9
    );
    println!("| token | share of calls | p50 µs | p99 µs |");
    println!("| --- | --- | --- | --- |");
    let kinds =
        [("at hand", &mut costs.hits), ("look into the store", &mut costs.looks), ("mint", &mut costs.mints)];
    for (name, nanos) in kinds {
        nanos.sort_unstable();
        println!(
            "| {name} | {:.2} % | {:.2} | {:.2} |",
            count(nanos.len() as u64) * 100.0 / f64::from(CALLS_PER_HOUR),
            micros(nanos, 0.5),
            micros(nanos, 0.99)
        );
    }
    println!(
        "\nMints in the hour, those that nobody waited for included: {mints}. Loads: {loads}, swaps: {swaps}. \
         The process has grown by {:.0} MB.",
        count(grown) / 1e6
    );
    assert!(platform.close(Duration::from_secs(10)).await);
    println!("{}", json!({ "ratios": {} }));
}

/// Walks one hour.
async fn hour(platform: &Platform, clock: &HandClock, ranks: &Zipf) -> Costs {
    let tokens = platform.tokens();
    let mut costs = Costs::default();
    for _ in 0..CALLS_PER_HOUR {
        let source = tokens.authorizer(sample::app_id(ranks.merchant()));
        let begun = SystemClock.monotonic();
        if let Some(token) = source.cached() {
            costs.hits.push(nanos_since(begun));
            drop(token);
        } else {
            // A flight that nobody waits for may end in between; with one call at a time that is
            // rare.
            let mints = tokens.counters().mints;
            source.token().await.unwrap();
            let took = nanos_since(begun);
            if tokens.counters().mints > mints { &mut costs.mints } else { &mut costs.looks }.push(took);
        }
        clock.passes(Duration::from_secs(1) / RATE);
    }
    costs
}

/// A store of all merchants, each with a token that ends at some moment of the next two hours. They
/// are put into the file in one transaction, past the store, which would write each of them to the
/// disk.
async fn seeded(path: &Path, clock: &HandClock) -> SqliteStore {
    let record = record(clock).await;
    let (access, ends) = record.access.unwrap();
    let ends = ends.as_millis();
    let store = SqliteStore::open(path).unwrap().clock(clock.clone());
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO records (component, kind, name, version, lasting, access, access_expires_at) \
                 VALUES (?, 0, ?, 1, ?, ?, ?)",
            )
            .unwrap();
        for number in 0..MERCHANTS {
            let ends_now = ends - fastrand::u64(..LIFE * 1000);
            let access = access.expose().replace(&ends.to_string(), &ends_now.to_string());
            let app_id = sample::app_id(number);
            let ends_now = i64::try_from(ends_now).unwrap();
            insert.execute((PLATFORM, app_id.as_str(), record.lasting.expose(), access, ends_now)).unwrap();
        }
    }
    transaction.commit().unwrap();
    store
}

/// The record of a merchant whose token is fresh, as the SDK makes it.
async fn record(clock: &HandClock) -> Encoded {
    let store = MemoryStore::new().clock(clock.clone());
    let platform = Platform::builder(PLATFORM, "appsecret")
        .transport(Canned::with_life(LIFE))
        .store(store.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    platform.tokens().ticket("ticket@@@0", clock.wall()).await.unwrap();
    platform.tokens().restore(sample::APP_ID, "refreshtoken@@@abc").await.unwrap();
    platform.tokens().authorizer(sample::APP_ID).token().await.unwrap();
    let key = TokenKey::new(PLATFORM, Subject::Authorizer(sample::APP_ID.into()));
    store.load(&key).await.unwrap().held.unwrap().1
}

/// Zipf's law: the merchant of rank n is called for a n-th as often as the first.
struct Zipf {
    /// The sum of the shares up to each rank.
    sums: Vec<f64>,
}

impl Zipf {
    fn new(merchants: usize) -> Self {
        let mut sum = 0.0;
        let shares = (1..=merchants as u64).map(|rank| {
            sum += 1.0 / count(rank);
            sum
        });
        Self { sums: shares.collect() }
    }

    fn merchant(&self) -> usize {
        // Neighbours in rank are no neighbours in the store. The factor is a prime, and larger than
        // no count that it divides.
        const SCATTER: usize = 611_953;
        let at = fastrand::f64() * self.sums.last().unwrap();
        let rank = self.sums.partition_point(|sum| *sum < at);
        rank * SCATTER % self.sums.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_thousand_is_called_for_more_often_than_the_last_half() {
        let ranks = Zipf::new(1000);
        let mut first = 0;
        let mut last_half = 0;
        let scattered = |rank: usize| rank * 611_953 % 1000;
        let last: Vec<usize> = (500..1000).map(scattered).collect();
        for _ in 0..10_000 {
            let merchant = ranks.merchant();
            first += usize::from(merchant == 0);
            last_half += usize::from(last.contains(&merchant));
        }
        assert!(first > last_half, "{first} {last_half}");
    }
}
