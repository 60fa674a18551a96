//! What merchants cost a Redis server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tcb_api::auth::{Subject, TokenKey, TokenStore as _};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_test_kit::redis::{RedisServer, ask};
use tokio::task::JoinSet;

use crate::account;
use crate::protocol::count;
use crate::template::Template;

const MERCHANTS: usize = 50_000;
const AT_ONCE: usize = 64;

pub(crate) async fn measure() {
    let server = RedisServer::start(&[]);
    // A machine that has other work too may pause the server for longer than a program would wait.
    let options = RedisOptions::new(&server.url()).unwrap().timeout(Duration::from_secs(30));
    let store = RedisStore::connect(options).await.unwrap();
    let template = Arc::new(Template::make(SystemClock).await);

    // One merchant first, whose keys can be asked for by name.
    write(&store, &template, 0).await;
    let keys = ask(server.port(), "KEYS *").unwrap();
    println!("{}; of one merchant:\n", version(&server));
    println!("| key | MEMORY USAGE, bytes |");
    println!("| --- | --- |");
    let mut of_record = 0;
    for key in keys.lines().filter(|line| line.starts_with('{')) {
        let bytes: u64 = number(&ask(server.port(), &format!("MEMORY USAGE {key}")).unwrap());
        println!("| `{key}` | {bytes} |");
        of_record += if key.ends_with(":authorizers") { 0 } else { bytes };
    }

    let used = info(&server, "memory", "used_memory:");
    let new = {
        let (store, template) = (store.clone(), Arc::clone(&template));
        Work::measure(&server, "swap of a new record, with its place in the index", move |number| {
            let (store, template) = (store.clone(), Arc::clone(&template));
            async move { write(&store, &template, number).await }
        })
        .await
    };
    let per_merchant = (info(&server, "memory", "used_memory:") - used) / count(MERCHANTS as u64);
    let index = format!("MEMORY USAGE {{tcb:{}}}:authorizers SAMPLES 0", account::PLATFORM);
    let of_index = count(number(&ask(server.port(), &index).unwrap())) / count(MERCHANTS as u64);
    let load = {
        let store = store.clone();
        Work::measure(&server, "load", move |number| {
            let store = store.clone();
            async move { assert!(store.load(&key(number)).await.unwrap().held.is_some()) }
        })
        .await
    };
    let pair = Work::measure(&server, "load, and swap of a known record", move |number| {
        let store = store.clone();
        async move {
            let (version, record) = store.load(&key(number)).await.unwrap().held.unwrap();
            assert!(store.swap(&key(number), Some(version), &record).await.unwrap().is_some());
        }
    })
    .await;
    println!(
        "\n{MERCHANTS} merchants: {per_merchant:.0} bytes each with all of the server's tables, of which {of_index:.0} are the \
         index of accounts.\n"
    );
    println!("| {AT_ONCE} at once over one connection | a second | CPU of the server, µs each |");
    println!("| --- | --- | --- |");
    for work in [&new, &load, &pair] {
        println!("| {} | {:.0} | {:.1} |", work.name, work.per_second, work.server_micros);
    }
    println!(
        "{}",
        json!({ "redis": {
            "record_bytes": of_record,
            "bytes_per_merchant": per_merchant.round(),
            "index_bytes_per_merchant": of_index.round(),
            "load_micros": load.server_micros,
            "load_and_swap_micros": pair.server_micros,
        }})
    );
}

fn key(number: usize) -> TokenKey {
    TokenKey::new(account::PLATFORM, Subject::Authorizer(account::app_id(number).into()))
}

/// Writes the record of a merchant that is new to the store.
async fn write(store: &RedisStore, template: &Template, number: usize) {
    let record = template.record(number as u64);
    assert!(store.swap(&key(number), None, &record).await.unwrap().is_some());
}

/// What one operation for each merchant took.
struct Work {
    name: &'static str,
    per_second: f64,
    server_micros: f64,
}

impl Work {
    async fn measure<F: Future<Output = ()> + Send + 'static>(
        server: &RedisServer,
        name: &'static str,
        one: impl Fn(usize) -> F + Clone + Send + 'static,
    ) -> Self {
        let (cpu, begun) = (server_cpu(server), SystemClock.monotonic());
        let mut tasks = JoinSet::new();
        for task in 0..AT_ONCE {
            let one = one.clone();
            tasks.spawn(async move {
                // Number 0 is there already.
                for number in (task + 1..=MERCHANTS).step_by(AT_ONCE) {
                    one(number).await;
                }
            });
        }
        tasks.join_all().await;
        let operations = count(MERCHANTS as u64);
        Self {
            name,
            per_second: operations / (SystemClock.monotonic() - begun).as_secs_f64(),
            server_micros: (server_cpu(server) - cpu) * 1e6 / operations,
        }
    }
}

fn server_cpu(server: &RedisServer) -> f64 {
    info(server, "cpu", "used_cpu_sys:") + info(server, "cpu", "used_cpu_user:")
}

/// A number that the server tells of itself.
fn info(server: &RedisServer, section: &str, name: &str) -> f64 {
    let answer = ask(server.port(), &format!("INFO {section}")).unwrap();
    answer.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().parse().unwrap()
}

fn version(server: &RedisServer) -> String {
    let answer = ask(server.port(), "INFO server").unwrap();
    let version = answer.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or_default();
    format!("Redis {}", version.trim())
}

/// An integer as the protocol writes it.
fn number(answer: &str) -> u64 {
    answer.trim_start_matches(':').trim().parse().unwrap()
}
