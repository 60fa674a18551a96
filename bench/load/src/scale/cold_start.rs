//! All merchants of a platform ask at once, each for its first token.

use std::time::Duration;

use tcb_api::Platform;
use tcb_api::auth::{TokenSource as _, TokenStore};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_bench_counts::{Canned, rss_bytes, sample};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::redis::RedisServer;
use tokio::task::JoinSet;

use crate::statistics::{Figures, count, nanos_since};

const MERCHANTS: usize = 100_000;
/// How many authorisations are written at once.
const AT_ONCE: usize = 256;
/// How long a caller waits.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) async fn over_sqlite() -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
    let platform = restored(store.clone()).await;
    let swaps_per_fsync = count(MERCHANTS as u64) / count(store.commits());
    println!("SQLite, {AT_ONCE} swaps at once: {swaps_per_fsync:.1} in a commit.");
    let failures = ask_at_once("sqlite", &platform).await;
    vec![("swaps_per_fsync".to_owned(), swaps_per_fsync), failures]
}

pub(super) async fn over_redis() -> Figures {
    let server = RedisServer::start(&[]);
    let store = RedisStore::connect(RedisOptions::new(&server.url()).unwrap()).await.unwrap();
    vec![ask_at_once("redis", &restored(store).await).await]
}

/// A platform all of whose merchants have authorised it.
async fn restored(store: impl TokenStore + 'static) -> Platform {
    let transport = Canned::with_life(7200);
    let platform =
        Platform::builder("wx_platform", "appsecret").transport(transport).store(store).build().unwrap();
    platform.tokens().ticket("ticket@@@0", SystemClock.wall()).await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..AT_ONCE {
        let tokens = platform.tokens().clone();
        tasks.spawn(async move {
            for merchant in (task..MERCHANTS).step_by(AT_ONCE) {
                tokens.restore(sample::app_id(merchant), "refreshtoken@@@abc").await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    platform
}

/// How many of them fail.
async fn ask_at_once(store: &str, platform: &Platform) -> (String, f64) {
    let (rss, begun) = (rss_bytes(), SystemClock.monotonic());
    let mut callers = JoinSet::new();
    for merchant in 0..MERCHANTS {
        let source = platform.tokens().authorizer(sample::app_id(merchant));
        callers.spawn(async move { tokio::time::timeout(PATIENCE, source.token()).await });
    }
    let outcomes = callers.join_all().await;
    let failures = outcomes.iter().filter(|outcome| !matches!(outcome, Ok(Ok(_)))).count();
    let (mints, seconds) = (platform.tokens().counters().mints, count(nanos_since(begun)) / 1e9);
    let mb = count(rss_bytes().saturating_sub(rss)) / 1e6;
    println!(
        "Mass start over {store}: {failures} failures, {mints} mints in {seconds:.1} s, {mb:.0} MB more."
    );
    (format!("mass_start_failures/{store}"), count(failures as u64))
}
