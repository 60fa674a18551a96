//! How long it takes until there is a client.

use std::collections::BTreeMap;

use serde_json::json;
use tcb_api::transport::{HttpOptions, ReqwestTransport};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_api::{Client, StaticToken};

use crate::clients::bare_reqwest;
use crate::process::{Process, on_core, ourselves};
use crate::statistics::Spread;

const TIMES: usize = 21;

/// What a client is built on.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Backend {
    Hyper,
    Reqwest,
}

/// Tells how many microseconds the first client of this process took.
pub(crate) fn build_one(backend: Backend) {
    let begun = SystemClock.monotonic();
    let builder = Client::builder().token(StaticToken::new("61_abc"));
    let builder = match backend {
        Backend::Hyper => builder,
        Backend::Reqwest => {
            let options = HttpOptions::default();
            builder.transport(ReqwestTransport::from_builder(bare_reqwest::builder(), options).unwrap())
        }
    };
    let client = builder.build().unwrap();
    let took = SystemClock.monotonic() - begun;
    drop(client);
    println!("{}", took.as_secs_f64() * 1e6);
}

pub(crate) fn measure() {
    println!(
        "First `Client::builder().build()` of a process, in µs: median (quartiles) of {TIMES} processes.\n"
    );
    let mut ratios = BTreeMap::new();
    for backend in ["hyper", "reqwest"] {
        let once = |_| {
            let mut process = Process::start(on_core(0, &ourselves(&["build-one", backend]))).unwrap();
            process.hear().unwrap().parse().unwrap()
        };
        let micros = Spread::of((0..TIMES).map(once).collect());
        println!("{backend}: {:.0} ({:.0}–{:.0})", micros.median, micros.low, micros.high);
        // Of the millisecond that it may take.
        ratios.insert(format!("start/{backend}"), micros.median / 1000.0);
    }
    println!("{}", json!({ "ratios": ratios }));
}
