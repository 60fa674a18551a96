//! Clients side by side.

use std::collections::BTreeMap;

use serde_json::json;

use crate::clients::Kind;
use crate::machine;
use crate::process::{Client, Server, can_pin, on_core, ourselves};
use crate::protocol::{Measure, Sample, count};
use crate::statistics::Spread;

/// How many calls are in flight.
const LEVELS: [usize; 4] = [1, 16, 64, 256];

/// Where clients run.
const CLIENT_CORE: usize = 0;

/// Where the server runs when there are several calls in flight, so that it is not in their way.
const SERVER_CORE: usize = 1;

/// How long one run takes, in seconds.
const RUN: f64 = 0.15;

/// What is compared.
#[derive(clap::Args)]
pub(crate) struct Plan {
    /// How often each client runs at each level.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

/// A client that takes part.
struct Contender {
    name: String,
    is: String,
    /// On the core of its server. Between two cores a call alone takes as long as it takes to wake
    /// the other core up, whoever makes it.
    alone: Client,
    /// On a core of its own.
    crowd: Client,
}

impl Contender {
    fn start(name: &str, words: &[String], servers: &Servers) -> Self {
        let start = |server: &Server| {
            let with_url = [words, std::slice::from_ref(&server.base_url)].concat();
            Client::start(on_core(CLIENT_CORE, &with_url))
        };
        let (alone, crowd) = (start(&servers.beside), start(&servers.apart));
        Self { name: name.to_owned(), is: crowd.is.clone(), alone, crowd }
    }

    fn run(&mut self, in_flight: usize, calls: u64) -> Sample {
        let client = if in_flight == 1 { &mut self.alone } else { &mut self.crowd };
        client.run(in_flight, calls)
    }
}

struct Servers {
    beside: Server,
    apart: Server,
}

/// What was measured of one client at one level, in each round.
type Runs = BTreeMap<(usize, usize), Vec<Sample>>;

pub(crate) fn compare(plan: &Plan) {
    let servers = Servers { beside: Server::start(CLIENT_CORE, 0), apart: Server::start(SERVER_CORE, 0) };
    let mut contenders = Vec::new();
    for kind in Kind::ALL {
        let words = ourselves(&["drive", kind.argument()]);
        contenders.push(Contender::start(kind.name(), &words, &servers));
    }
    let runs = all_runs(&mut contenders, plan.rounds);
    report(&contenders, &runs);
}

/// Lets everybody run at each level in each round, in random order.
fn all_runs(contenders: &mut [Contender], rounds: usize) -> Runs {
    // The first run warms up and shows how many calls fill the time of a run.
    let mut calls = BTreeMap::new();
    for contender in contenders.iter_mut() {
        for in_flight in LEVELS {
            let first = contender.run(in_flight, 500.max(in_flight as u64 * 4));
            calls
                .insert((contender.name.clone(), in_flight), calls_in(RUN, &first).max(in_flight as u64 * 2));
        }
    }
    let mut runs = Runs::new();
    for _ in 0..rounds {
        let mut order: Vec<_> =
            (0..contenders.len()).flat_map(|index| LEVELS.map(|in_flight| (index, in_flight))).collect();
        fastrand::shuffle(&mut order);
        for (index, in_flight) in order {
            let contender = &mut contenders[index];
            let calls = calls[&(contender.name.clone(), in_flight)];
            runs.entry((index, in_flight)).or_default().push(contender.run(in_flight, calls));
        }
    }
    runs
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand calls")]
fn calls_in(seconds: f64, sample: &Sample) -> u64 {
    (seconds * sample.calls_per_second()) as u64
}

fn report(contenders: &[Contender], runs: &Runs) {
    let place = if can_pin() { "pinned" } else { "NOT PINNED: `taskset` or a second core is missing" };
    // Others at work on the machine make latencies longer and calls per second fewer; CPU per call
    // suffers least.
    let load = machine::load();
    println!(
        "Side by side, {place}, load of the machine {load}; ÷ is the ratio to bare/hyper in the same round: median (quartiles)."
    );
    let mut ratios = BTreeMap::new();
    for in_flight in LEVELS {
        println!("\n{in_flight} in flight\n");
        println!("| client | CPU µs | ÷ | calls/s | ÷ | p50 µs | ÷ | p99 µs | ÷ | RSS MB |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        let bare = &runs[&(0, in_flight)];
        for (index, contender) in contenders.iter().enumerate() {
            let ours = &runs[&(index, in_flight)];
            print!("| {}", contender.name);
            for (name, measure) in MEASURES {
                let value = Spread::of(ours.iter().map(measure).collect());
                let ratio = Spread::of(
                    ours.iter().zip(bare).map(|(ours, bare)| measure(ours) / measure(bare)).collect(),
                );
                let digits = if value.median < 100.0 { 2 } else { 0 };
                print!(" | {:.digits$} | {}", value.median, shown(ratio));
                ratios.insert(format!("{name}/{}/{in_flight}", contender.name), ratio.median);
            }
            let rss = ours.iter().map(|sample| sample.rss_bytes).max().unwrap_or_default();
            println!(" | {:.1} |", count(rss) / 1e6);
        }
    }
    println!();
    for contender in contenders {
        println!("{}: {}", contender.name, contender.is);
    }
    println!("{}", json!({ "ratios": ratios }));
}

/// What is told of each run, and its name.
const MEASURES: [(&str, Measure); 4] = [
    ("cpu", Sample::cpu_micros),
    ("throughput", Sample::calls_per_second),
    ("p50", |sample| sample.p50_micros),
    ("p99", |sample| sample.p99_micros),
];

fn shown(ratio: Spread) -> String {
    let digits = if ratio.median < 0.1 {
        4
    } else if ratio.median < 20.0 {
        2
    } else {
        0
    };
    format!("{:.digits$} ({:.digits$}–{:.digits$})", ratio.median, ratio.low, ratio.high)
}
