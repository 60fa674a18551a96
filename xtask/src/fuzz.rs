//! `cargo xtask fuzz`: the targets of `tests/fuzz` under libFuzzer, on the stable toolchain.

use std::fs;
use std::path::PathBuf;

use crate::program::Tool;
use crate::steps::Steps;
use crate::{Result, workspace};

const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// What is to be fuzzed, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The targets; all of them if none is named.
    targets: Vec<String>,
}

/// Installs cargo-fuzz when it is missing, and runs each target for a while. Inputs that reach new
/// code are kept below `target`, one that breaks a target in `tests/fuzz/artifacts`; what is worth
/// keeping goes into `tests/fuzz/corpus` by hand, where tests replay it.
pub(crate) fn run(args: &Args) -> Result {
    let known = targets()?;
    if let Some(unknown) = args.targets.iter().find(|name| !known.contains(name)) {
        return Err(format!("there is no target {unknown}; there are {}", known.join(", ")).into());
    }
    let mut steps = Steps::default();
    for name in if args.targets.is_empty() { &known } else { &args.targets } {
        steps.run(&format!("{name} for {} s", args.seconds), || fuzz(name, args.seconds));
    }
    steps.finish()
}

fn fuzz(name: &str, seconds: u64) -> Result {
    let built = workspace::root().join("target/fuzz");
    let found = built.join("corpus").join(name);
    fs::create_dir_all(&found)?;
    let mut run = CARGO_FUZZ.command()?;
    run.args(["fuzz", "run", "--sanitizer", "none"]);
    run.arg("--fuzz-dir").arg(folder()).arg("--target-dir");
    // libFuzzer writes into the first folder of inputs and only reads the others.
    run.arg(&built).arg(name).arg(found).arg(folder().join("corpus").join(name));
    run.args(["--", "-timeout=1", "-malloc_limit_mb=64", "-print_final_stats=1"]);
    run.arg(format!("-max_total_time={seconds}"));
    workspace::run(run)
}

/// The names of all targets.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder().join("fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}

fn folder() -> PathBuf {
    workspace::root().join("tests/fuzz")
}
