//! A million merchants behind a cache that holds a tenth of them.
//!
//! The calls of some hours are made one after the other on a clock that jumps from one to the next.
//! Which merchant a call is for follows Zipf's law: a few are called for all the time, most hardly
//! ever. WeChat answers at once, so what takes time is the SDK and the store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use serde_json::json;
use tcb_api::Platform;
use tcb_api::auth::{
    CachePolicy, Encoded, Loaded, StoreError, StoreTime, TokenKey, TokenSource as _, TokenStore, Version,
};
use tcb_api::types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};
use tcb_store_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::protocol::count;
use crate::statistics::micros;
use crate::template::Template;
use crate::wechat::WeChat;
use crate::{account, machine};

/// What is walked.
#[derive(clap::Args)]
pub(crate) struct Plan {
    /// How many merchants.
    #[arg(long, default_value_t = 1_000_000)]
    merchants: usize,
    /// How many tokens the cache holds.
    #[arg(long, default_value_t = 100_000)]
    capacity: usize,
    /// How many calls a second, of the clock that jumps.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// How many hours are walked before the one that counts. A token lives for two.
    #[arg(long, default_value_t = 2)]
    hours_before: u32,
}

/// How often WeChat pushes a ticket.
const TICKET: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);

/// A clock that stands still until it is told to jump.
#[derive(Clone, Debug)]
struct Jumping {
    wall: SystemTime,
    monotonic: Instant,
    nanos: Arc<AtomicU64>,
}

impl Jumping {
    fn now() -> Self {
        Self { wall: SystemClock.wall(), monotonic: SystemClock.monotonic(), nanos: Arc::default() }
    }

    fn since_start(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    fn jump(&self, by: Duration) {
        self.nanos.fetch_add(u64::try_from(by.as_nanos()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Jumping {
    fn wall(&self) -> SystemTime {
        self.wall + self.since_start()
    }

    fn monotonic(&self) -> Instant {
        self.monotonic + self.since_start()
    }
}

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

pub(crate) async fn walk(plan: &Plan) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tokens.sqlite");
    let clock = Jumping::now();
    let begun = SystemClock.monotonic();
    let store = seeded(&path, &clock, plan.merchants).await;
    println!(
        "{} merchants seeded in {:.0} s.",
        plan.merchants,
        (SystemClock.monotonic() - begun).as_secs_f64()
    );

    let store = Counted { store, loads: Arc::default(), swaps: Arc::default() };
    let mut policy = CachePolicy::default();
    policy.capacity = plan.capacity;
    let platform = Platform::builder(account::PLATFORM, "appsecret")
        .transport(WeChat::default())
        .store(store.clone())
        .clock(clock.clone())
        .cache(policy)
        .build()
        .unwrap();
    let ranks = Zipf::new(plan.merchants);
    let rss = machine::rss_bytes();
    for _ in 0..plan.hours_before {
        hour(plan, &platform, &clock, &ranks).await;
    }
    let begun = SystemClock.monotonic();
    let before = (store.loads.load(Ordering::Relaxed), store.swaps.load(Ordering::Relaxed));
    let mints = platform.tokens().counters().mints;
    let mut costs = hour(plan, &platform, &clock, &ranks).await;
    let mints = platform.tokens().counters().mints - mints;
    let loads = store.loads.load(Ordering::Relaxed) - before.0;
    let swaps = store.swaps.load(Ordering::Relaxed) - before.1;
    let grown = machine::rss_bytes().saturating_sub(rss);
    let calls = u64::from(plan.rate) * HOUR.as_secs();
    println!(
        "The hour after {}: {calls} calls, {} a second, in {:.0} s. The cache holds {} tokens.\n",
        plan.hours_before,
        plan.rate,
        (SystemClock.monotonic() - begun).as_secs_f64(),
        plan.capacity
    );
    println!("| token | share of calls | p50 µs | p99 µs |");
    println!("| --- | --- | --- | --- |");
    let kinds =
        [("at hand", &mut costs.hits), ("look into the store", &mut costs.looks), ("mint", &mut costs.mints)];
    for (name, nanos) in kinds {
        nanos.sort_unstable();
        println!(
            "| {name} | {:.2} % | {:.2} | {:.2} |",
            count(nanos.len() as u64) * 100.0 / count(calls),
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
    println!(
        "{}",
        json!({ "scale": {
            "merchants": plan.merchants,
            "calls_per_hour": calls,
            "hits": costs.hits.len(),
            "looks": costs.looks.len(),
            "mints_waited_for": costs.mints.len(),
            "mints_per_hour": mints,
            "loads_per_hour": loads,
            "swaps_per_hour": swaps,
            "rss_grown_bytes": grown,
        }})
    );
}

/// Walks one hour.
async fn hour(plan: &Plan, platform: &Platform, clock: &Jumping, ranks: &Zipf) -> Costs {
    let tokens = platform.tokens();
    let mut costs = Costs::default();
    let mut next_ticket = clock.since_start();
    let end = clock.since_start() + HOUR;
    let step = Duration::from_secs(1) / plan.rate;
    while clock.since_start() < end {
        if clock.since_start() >= next_ticket {
            let ticket = format!("ticket@@@{}", next_ticket.as_secs());
            tokens.ticket(ticket, clock.wall()).await.unwrap();
            next_ticket += TICKET;
        }
        let source = tokens.authorizer(account::app_id(ranks.merchant()));
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
        clock.jump(step);
    }
    costs
}

fn nanos_since(begun: Instant) -> u64 {
    u64::try_from((SystemClock.monotonic() - begun).as_nanos()).unwrap()
}

/// A store of that many merchants, each with a token that ends at some moment of the next two
/// hours. They are put into the file in one transaction, past the store, which would write each of
/// them to the disk.
async fn seeded(path: &Path, clock: &Jumping, merchants: usize) -> SqliteStore {
    let template = Template::make(clock.clone()).await;
    let store = SqliteStore::open(path).unwrap().clock(clock.clone());
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let life = 7_200_000;
    let start = template.ends.as_millis() - life;
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO records (component, kind, name, version, lasting, access, access_expires_at) \
                 VALUES (?, 0, ?, ?, ?, ?, ?)",
            )
            .unwrap();
        for number in 0..merchants {
            let ends = start + fastrand::u64(..life);
            let record = template.ending_at(StoreTime::from_millis(ends));
            let number = number as u64;
            let row = (
                account::PLATFORM,
                account::app_id(usize::try_from(number).unwrap()),
                1,
                record.lasting(number),
                record.access(number),
                i64::try_from(ends).unwrap(),
            );
            insert.execute(row).unwrap();
        }
    }
    transaction.commit().unwrap();
    store
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
