//! The clients that are compared.

mod bare_hyper;
pub(crate) mod bare_reqwest;
mod caller;
mod sdk;

use std::io::Write as _;

use serde::Serialize;
use tcb_api::types::{Clock as _, SystemClock};
use tokio::task::JoinSet;

use crate::machine;
use crate::protocol::{Greeting, Sample};
use crate::statistics::micros;
use caller::Caller;
pub(crate) use caller::Kind;

/// Does what the standard input says; see [`crate::protocol`].
pub(crate) async fn drive(kind: Kind, base_url: &str) {
    let is = format!("{} {}", kind.library(), version(kind.library()));
    match kind {
        Kind::BareHyper => serve(is, async || bare_hyper::Connection::open(base_url).await).await,
        Kind::BareReqwest => {
            let caller = bare_reqwest::Caller::new(base_url);
            serve(is, async || caller.clone()).await;
        }
        Kind::SdkHyper | Kind::SdkReqwest => {
            let caller = sdk::Caller::new(kind, base_url).await;
            serve(is, async || caller.clone()).await;
        }
    }
}

/// Does what the standard input says with as many callers as it takes.
pub(crate) async fn serve<C: Caller>(is: String, another: impl AsyncFn() -> C) {
    say(&Greeting { is });
    let mut callers = Vec::new();
    // Nothing else has to go on while it waits for the next line.
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (in_flight, calls) = line.split_once(' ').unwrap();
        let (in_flight, calls): (usize, u64) = (in_flight.parse().unwrap(), calls.parse().unwrap());
        while callers.len() < in_flight {
            callers.push(another().await);
        }
        let spare = callers.split_off(in_flight);
        let sample;
        (callers, sample) = make_calls(callers, calls).await;
        callers.extend(spare);
        say(&sample);
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
        rss_bytes: machine::rss_bytes(),
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
                caller.call().await;
                nanos.push(u64::try_from((SystemClock.monotonic() - begun).as_nanos()).unwrap());
            }
            (caller, nanos)
        });
    }
    let (callers, nanos): (Vec<C>, Vec<Vec<u64>>) = tasks.join_all().await.into_iter().unzip();
    (callers, nanos.concat())
}

fn say(word: &impl Serialize) {
    // Nobody may be left to hear it.
    let _ = writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(word).unwrap());
}

/// The version of a dependency.
pub(crate) fn version(name: &str) -> &'static str {
    let lock = include_str!("../../../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
    rest.split('"').next().unwrap()
}
