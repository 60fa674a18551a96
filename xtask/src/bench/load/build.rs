//! What it costs to build the crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tcb_types::{Clock as _, SystemClock};

use crate::{Result, workspace};

/// What programs depend on, with the features that they would choose.
const CHOICES: [(&str, &[&str]); 9] = [
    ("tcb-types", &[]),
    ("tcb-api, no backend", &["-p", "tcb-api", "--no-default-features"]),
    ("tcb-api, hyper", &["-p", "tcb-api"]),
    ("tcb-api, reqwest", &["-p", "tcb-api", "--no-default-features", "--features", "reqwest"]),
    ("tcb-callback", &[]),
    ("tcb-store-sqlite", &[]),
    ("tcb-store-redis", &[]),
    ("tcb-emulator", &[]),
    ("tcbctl", &[]),
];

/// Builds each from nothing.
pub(super) fn measure() -> Result {
    // Somebody else may measure at the same time.
    let folder = workspace::root().join(format!("target/bench-build-{}", std::process::id()));
    println!("\n`cargo check` from nothing; of that, ours: the sum of what our own crates take.\n");
    println!("| crate | crates below it | seconds | ours |");
    println!("| --- | --- | --- | --- |");
    for (name, choice) in CHOICES {
        let package = ["-p", name];
        let choice = if choice.is_empty() { &package } else { choice };
        let below = dependencies(choice)?;
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let begun = SystemClock.monotonic();
        let mut check = workspace::cargo(&["check", "--quiet", "--timings"]);
        check.args(choice).env("CARGO_TARGET_DIR", &folder);
        workspace::run(check)?;
        let seconds = (SystemClock.monotonic() - begun).as_secs_f64();
        println!("| {name} | {below} | {seconds:.0} | {:.1} |", ours(&folder)?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// How many crates it is built on.
fn dependencies(choice: &[&str]) -> Result<usize> {
    let mut tree = workspace::cargo(&["tree", "--quiet", "-e", "normal", "--prefix", "none", "-f", "{p}"]);
    tree.args(choice);
    let tree = workspace::output(tree)?;
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(crates.len() - 1)
}

/// The seconds that our own crates took, as cargo's report tells.
fn ours(folder: &Path) -> Result<f64> {
    let report = fs::read_to_string(folder.join("cargo-timings/cargo-timing.html"))?;
    let (_, rest) = report.split_once("const UNIT_DATA = ").ok_or("cargo's report has no data")?;
    let (data, _) = rest.split_once(";\n").ok_or("cargo's report has no end of data")?;
    let units: Vec<Value> = serde_json::from_str(data)?;
    let ours = units.iter().filter(|unit| unit["name"].as_str().is_some_and(|name| name.starts_with("tcb")));
    Ok(ours.filter_map(|unit| unit["duration"].as_f64()).sum())
}
