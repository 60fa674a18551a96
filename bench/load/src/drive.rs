//! A client in a process of its own. It answers each line `IN_FLIGHT CALLS` on its standard input
//! with a [`Sample`].

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_bench_counts::{Caller, bare, rss_bytes, send};
use tokio::task::JoinSet;

use crate::machine;
use crate::statistics::{count, micros, nanos_since};

/// The clients that are compared, by their names in tables, and the one that the others are
/// compared with first. Those of the SDK use the cached token of a merchant.
pub(crate) const CLIENTS: [&str; 4] =
    ["bare/hyper", "bare/reqwest", "send/hyper/authorizer", "send/reqwest/authorizer"];

/// How many calls are in flight at most.
pub(crate) const MOST: usize = 256;

/// What some calls took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    calls: u64,
    seconds: f64,
    /// CPU time of the whole process, user and system.
    cpu_seconds: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
    /// Memory of the process afterwards.
    pub(crate) rss_bytes: u64,
}

impl Sample {
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * 1e6 / count(self.calls)
    }

    pub(crate) fn calls_per_second(&self) -> f64 {
        count(self.calls) / self.seconds
    }
}

pub(crate) async fn drive(client: &str, server: SocketAddr) {
    match client.split('/').collect::<Vec<_>>()[..] {
        ["bare", "hyper"] => obey(bare::hyper::callers(server, MOST).await.unwrap()).await,
        ["bare", "reqwest"] => obey(bare::reqwest::callers(server, MOST).unwrap()).await,
        ["send", backend, source] => {
            obey(vec![send::one(server, backend, source).await.unwrap(); MOST]).await;
        }
        _ => panic!("there is no client {client}"),
    }
}

async fn obey<C: Caller>(mut callers: Vec<C>) {
    // Nothing else has to go on while it waits for the next line.
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (in_flight, calls) = line.split_once(' ').unwrap();
        let spare = callers.split_off(in_flight.parse().unwrap());
        let sample;
        (callers, sample) = make_calls(callers, calls.parse().unwrap()).await;
        callers.extend(spare);
        println!("{}", serde_json::to_string(&sample).unwrap());
    }
}

/// Makes this many calls, shared out among the callers.
async fn make_calls<C: Caller>(callers: Vec<C>, calls: u64) -> (Vec<C>, Sample) {
    // A pool may have given connections up since the last run.
    let (callers, _) = share_out(callers, 2).await;
    let each = calls.div_ceil(callers.len() as u64);
    let (cpu, begun) = (machine::cpu_seconds(), SystemClock.monotonic());
    let (callers, mut nanos) = share_out(callers, each).await;
    let (seconds, cpu_seconds) =
        ((SystemClock.monotonic() - begun).as_secs_f64(), machine::cpu_seconds() - cpu);
    nanos.sort_unstable();
    let sample = Sample {
        calls: nanos.len() as u64,
        seconds,
        cpu_seconds,
        p50_micros: micros(&nanos, 0.5),
        p99_micros: micros(&nanos, 0.99),
        rss_bytes: rss_bytes(),
    };
    (callers, sample)
}

/// Lets each caller make `each` calls, and gives what each call took in nanoseconds.
async fn share_out<C: Caller>(callers: Vec<C>, each: u64) -> (Vec<C>, Vec<u64>) {
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            let mut nanos = Vec::with_capacity(usize::try_from(each).unwrap());
            for _ in 0..each {
                let begun = SystemClock.monotonic();
                caller.call().await.unwrap();
                nanos.push(nanos_since(begun));
            }
            (caller, nanos)
        });
    }
    let (callers, nanos): (Vec<C>, Vec<Vec<u64>>) = tasks.join_all().await.into_iter().unzip();
    (callers, nanos.concat())
}
