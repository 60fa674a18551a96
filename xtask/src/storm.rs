//! `cargo xtask storm`: the token chain under fault, over real stores. See the crate `tcb-storm`.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::steps::Steps;
use crate::{Result, program, workspace};

/// How long things go wrong in the short form. Another quarter of a minute goes by before and after.
const SHORT_SECONDS: u64 = 20;

/// What storm it is to be.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long things go wrong, for each store; a third of a minute if not set.
    #[arg(long)]
    minutes: Option<u64>,
    #[arg(long, value_enum, default_value_t = Stores::Both)]
    store: Stores,
    /// What becomes of a refresh token that is used.
    #[arg(long, value_enum, default_value_t = Rotation::Strict)]
    rotation: Rotation,
    /// What all chance comes from that is not the machine's.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Which stores.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Stores {
    Redis,
    Sqlite,
    Both,
}

/// A store.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Store {
    Redis,
    Sqlite,
}

/// What becomes of a refresh token that is used.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Rotation {
    /// It stays.
    Stable,
    /// It is replaced, and works on for a while.
    Grace,
    /// It is replaced and dead at once: the hardest case.
    Strict,
}

pub(crate) fn run(args: &Args) -> Result {
    let stores: &[Store] = match args.store {
        Stores::Redis => &[Store::Redis],
        Stores::Sqlite => &[Store::Sqlite],
        Stores::Both => &[Store::Redis, Store::Sqlite],
    };
    if stores.contains(&Store::Redis) {
        program::require("redis-server")?;
    }
    let seconds = args.minutes.map_or(SHORT_SECONDS, |minutes| minutes.saturating_mul(60));
    let mut steps = Steps::default();
    for store in stores {
        steps
            .run(&format!("storm over {}", name(store)), || storm(*store, seconds, args.rotation, args.seed));
    }
    steps.finish()
}

/// The storms that are part of `cargo xtask test --all`.
pub(crate) fn short(steps: &mut Steps) {
    for store in [Store::Redis, Store::Sqlite] {
        steps.run(&format!("storm over {}", name(&store)), || {
            storm(store, SHORT_SECONDS, Rotation::Strict, 1)
        });
    }
    steps.run("storm that has to see waste", wasteful);
}

/// A storm whose workers fetch every token twice, which has to be seen. Where refresh tokens stay, nobody else suffers.
fn wasteful() -> Result {
    let mut run = conduct(Store::Sqlite, 10, Rotation::Stable, 1);
    run.args(["--keys", "200", "--wasteful"]);
    let output = run.stderr(Stdio::inherit()).output()?;
    let line = String::from_utf8_lossy(&output.stdout);
    print!("{line}");
    match serde_json::from_str::<Value>(&line) {
        Ok(verdict) if broken(&verdict).any(|rule| rule == "mints") && !output.status.success() => Ok(()),
        _ => Err("the storm does not see that every token is fetched twice".into()),
    }
}

/// The rules that a storm broke, by its line.
fn broken(verdict: &Value) -> impl Iterator<Item = &str> {
    verdict["broken"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn storm(store: Store, seconds: u64, rotation: Rotation, seed: u64) -> Result {
    workspace::run(conduct(store, seconds, rotation, seed))
}

fn conduct(store: Store, seconds: u64, rotation: Rotation, seed: u64) -> Command {
    // A debug build would be the slowest thing in the storm.
    let mut run = workspace::cargo(&["run", "--quiet", "--release", "-p", "tcb-storm", "--", "conduct"]);
    run.args(["--store", &name(&store), "--rotation", &name(&rotation)]);
    run.args(["--seconds", &seconds.to_string(), "--seed", &seed.to_string()]);
    run
}

/// The word for it on a command line.
fn name(value: &impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
