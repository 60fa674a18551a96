//! Clients side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::drive::{CLIENTS, MOST, Sample};
use crate::machine;
use crate::process::{Process, Server, can_pin};
use crate::statistics::{Spread, count};

/// How many calls are in flight.
const LEVELS: [usize; 4] = [1, 16, 64, MOST];

/// Where clients run.
const CLIENT_CORE: usize = 0;

/// Where the server runs when there are several calls in flight, so that it is not in their way.
const SERVER_CORE: usize = 1;

/// How often each client runs at each level.
const ROUNDS: usize = 9;

/// How long one run takes, in seconds.
const RUN: f64 = 0.15;

/// A client that takes part.
struct Contender {
    name: &'static str,
    /// On the core of its server. Between two cores a call alone takes as long as it takes to wake
    /// the other core up, whoever makes it.
    alone: Process,
    /// On a core of its own.
    crowd: Process,
}

impl Contender {
    fn run(&mut self, in_flight: usize, calls: u64) -> Sample {
        let client = if in_flight == 1 { &mut self.alone } else { &mut self.crowd };
        serde_json::from_str(&client.ask(&format!("{in_flight} {calls}"))).unwrap()
    }
}

/// What was measured of one client at one level, in each round.
type Runs = BTreeMap<(usize, usize), Vec<Sample>>;

pub(crate) fn compare() {
    let [beside, apart] = [CLIENT_CORE, SERVER_CORE].map(|core| Server::start(core, Duration::ZERO));
    let start = |name, server: &Server| Process::start(CLIENT_CORE, &["drive", name, &server.address]);
    let mut contenders =
        CLIENTS.map(|name| Contender { name, alone: start(name, &beside), crowd: start(name, &apart) });
    let runs = all_runs(&mut contenders);
    report(&contenders, &runs);
}

/// Lets everybody run at each level in each round, in random order.
fn all_runs(contenders: &mut [Contender]) -> Runs {
    let mut order: Vec<_> =
        (0..contenders.len()).flat_map(|index| LEVELS.map(|in_flight| (index, in_flight))).collect();
    // The first run warms up and shows how many calls fill the time of a run.
    let mut calls = BTreeMap::new();
    for &(index, in_flight) in &order {
        let first = contenders[index].run(in_flight, 500.max(in_flight as u64 * 4));
        calls.insert((index, in_flight), calls_in(RUN, &first).max(in_flight as u64 * 2));
    }
    let mut runs = Runs::new();
    for _ in 0..ROUNDS {
        fastrand::shuffle(&mut order);
        for &(index, in_flight) in &order {
            let sample = contenders[index].run(in_flight, calls[&(index, in_flight)]);
            runs.entry((index, in_flight)).or_default().push(sample);
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
    println!("{}", json!({ "ratios": ratios }));
}

/// One of the figures of a run.
type Measure = fn(&Sample) -> f64;

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
