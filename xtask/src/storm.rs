//! `cargo xtask storm`: the token chain under fault, over real stores. See the crate `tcb-storm`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::steps::Steps;
use crate::{Result, program, workspace};

const STORES: [&str; 3] = ["postgres", "redis", "sqlite"];

/// What storm it is to be.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long things go wrong, for each store; a third of a minute if not set.
    #[arg(long)]
    minutes: Option<u64>,
    /// All if none is named.
    #[arg(long, value_parser = STORES)]
    store: Option<String>,
    /// What else the storm is told, as in `-- --rotation grace --seed 7`; `-- --help` tells what
    /// there is.
    #[arg(last = true)]
    more: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result {
    let stores = STORES.into_iter().filter(|store| args.store.as_ref().is_none_or(|wanted| wanted == store));
    let mut more = args.more.clone();
    if let Some(minutes) = args.minutes {
        more.extend(["--seconds".to_owned(), minutes.saturating_mul(60).to_string()]);
    }
    let mut steps = Steps::default();
    for store in stores {
        steps.run(&format!("storm over {store}"), || {
            match store {
                "postgres" => program::require("postgres")?,
                "redis" => program::require("redis-server")?,
                _ => {}
            }
            let mut storm = storm(store);
            storm.args(&more);
            workspace::run(storm)
        });
    }
    if args.store.is_none() {
        let seconds = args.minutes.map_or(100, |minutes| minutes.saturating_mul(60)).to_string();
        let merchants = if args.minutes.is_some() { "10000" } else { "1000" };
        let more = ["--merchants", merchants, "--seconds", &seconds];
        fleets(&mut steps, workspace::measured, &more);
    }
    steps.finish()
}

/// A storm over a fleet, for each journal.
fn fleets(steps: &mut Steps, build: fn(&str) -> Result<PathBuf>, more: &[&str]) {
    for journal in ["sqlite", "postgres"] {
        steps.run(&format!("storm over a fleet in {journal}"), || {
            if journal == "postgres" {
                program::require("postgres")?;
            }
            let mut storm = Command::new(build("tcb-fleet-storm")?);
            storm.args(["drive", "--journal", journal]).args(more);
            workspace::run(storm)
        });
    }
}

/// The storms that are part of `cargo xtask test --all`: a third of a minute of things that go
/// wrong, and another before and after.
pub(crate) fn short(steps: &mut Steps) {
    for store in STORES {
        steps.run(&format!("storm over {store}"), || workspace::run(storm(store)));
    }
    steps.run("storm that has to see waste", wasteful);
    // Sixty merchants are no load, and an optimized build would take minutes.
    fleets(steps, workspace::tested, &[]);
}

/// A storm whose workers fetch every token twice, which has to be seen. Where refresh tokens stay,
/// nobody else suffers.
fn wasteful() -> Result {
    let mut storm = storm("sqlite");
    storm.args(["--rotation", "stable", "--seconds", "10", "--keys", "200", "--wasteful"]);
    let output = storm.stderr(Stdio::inherit()).output()?;
    let line = String::from_utf8_lossy(&output.stdout);
    print!("{line}");
    let report: Value = serde_json::from_str(&line)?;
    let seen = report["broken"].as_array().is_some_and(|broken| broken.iter().any(|rule| rule == "mints"));
    if seen { Ok(()) } else { Err("the storm does not see that every token is fetched twice".into()) }
}

fn storm(store: &str) -> Command {
    // A debug build would be the slowest thing in the storm, and the benchmarks need this one
    // anyhow.
    let args = ["run", "--quiet", "--profile", "bench", "-p", "tcb-storm", "--", "drive", "--store", store];
    workspace::cargo(&args)
}
