//! Other Rust libraries for the same API, each as a client that prints a greeting and then answers each line `IN_FLIGHT CALLS` with what
//! the calls took, one JSON object in a line: `tcb-bench-peers NAME BASE_URL`. `cargo xtask bench --peers` runs it.

mod wechat_minapp;
mod wx_rust_open;

use std::time::{Duration, Instant};
use std::{env, fs};

use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// Twins of those in `bench/load/src/account.rs`: a token, a body and a merchant as long as there.
const ENV: &str = "shop-prod-1a2b3c4d5e6f7g8h";
const FUNCTION: &str = "nightly-report-of-orders-and-refunds-of-tuesday";
const MERCHANT: &str = "wx0123456789abcdef";

fn token() -> String {
    format!("61_{:0>134}", 0)
}

/// One of the callers that are in flight at the same time.
trait Caller: Clone + Send + 'static {
    /// Makes the call.
    fn call(&self) -> impl Future<Output = ()> + Send;
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, base_url] = &arguments[..] else { panic!("two arguments: a name and a base URL") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match name.as_str() {
            "wx-rust-open" => drive("wx-rust-open 0.1.5", wx_rust_open::Caller::new(base_url)).await,
            "wechat-minapp" => drive("wechat-minapp 3.4.3", wechat_minapp::Caller::new(base_url)).await,
            other => panic!("there is no {other}"),
        }
    });
}

async fn drive(is: &str, caller: impl Caller) {
    // The first call fetches what it needs beside.
    caller.call().await;
    println!("{}", json!({ "is": is }));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (in_flight, calls) = line.split_once(' ').unwrap();
        let (in_flight, calls): (u64, u64) = (in_flight.parse().unwrap(), calls.parse().unwrap());
        // A pool may have given connections up since the last run.
        share_out(&caller, in_flight, 2).await;
        let (cpu, begun) = (cpu_seconds(), Instant::now());
        let mut nanos = share_out(&caller, in_flight, calls.div_ceil(in_flight)).await;
        let (seconds, cpu_seconds) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        nanos.sort_unstable();
        let micros = |percent: usize| nanos[(nanos.len() - 1) * percent / 100] as f64 / 1e3;
        let sample = json!({
            "calls": nanos.len(),
            "seconds": seconds,
            "cpu_seconds": cpu_seconds,
            "p50_micros": micros(50),
            "p99_micros": micros(99),
            "rss_bytes": rss_bytes(),
        });
        println!("{sample}");
    }
}

async fn share_out(caller: &impl Caller, in_flight: u64, each: u64) -> Vec<u64> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let caller = caller.clone();
        tasks.spawn(async move {
            let mut nanos = Vec::with_capacity(each as usize);
            for _ in 0..each {
                let begun = Instant::now();
                caller.call().await;
                nanos.push(begun.elapsed().as_nanos() as u64);
            }
            nanos
        });
    }
    tasks.join_all().await.concat()
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_secs_f64()
}

fn rss_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
}
