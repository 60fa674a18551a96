//! `cargo xtask mutants`: whether tests notice when the token protocol or the retry table is
//! changed.

use std::collections::BTreeSet;
use std::fs;

use crate::program::Tool;
use crate::{Result, workspace};

const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };

/// Packages, and their files that are changed.
const SCOPE: [(&str, &str); 2] =
    [("tcb-auth", "crates/tcb-auth/src/store/**/*.rs"), ("tcb-api", "crates/tcb-api/src/retry.rs")];

/// How long the tests of one change may take, in seconds. Some changes have them wait for ever,
/// which is noticing too.
const TIMEOUT: &str = "300";

/// Most of the time of a run goes into tests that wait for a real clock.
const JOBS: &str = "4";

/// Changes that no test notices, each below the reason why that is right.
const KNOWN: &str = "xtask/mutants.txt";

/// Which packages.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this package.
    #[arg(long)]
    package: Option<String>,
}

/// Installs cargo-mutants when it is missing, and compares what survives with what is known to. It
/// takes an hour and more.
pub(crate) fn run(args: &Args) -> Result {
    let known = fs::read_to_string(workspace::root().join(KNOWN))?;
    let mut differences = Vec::new();
    for (package, files) in SCOPE {
        if args.package.as_ref().is_none_or(|wanted| wanted == package) {
            let folder = files.split('*').next().unwrap_or(files);
            let known = known.lines().filter(|line| line.starts_with(folder)).map(str::to_owned).collect();
            differences.extend(compare(&survivors(package, files)?, &known));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

/// What survives in these files.
fn survivors(package: &str, files: &str) -> Result<BTreeSet<String>> {
    let output = workspace::root().join("target/mutants").join(package);
    fs::create_dir_all(&output)?;
    let mut mutants = CARGO_MUTANTS.command()?;
    mutants.args(["mutants", "--package", package, "--file", files]);
    mutants.args(["--all-features", "--jobs", JOBS, "--timeout", TIMEOUT, "--output"]).arg(&output);
    // It stands for what is there when all features are on.
    mutants.args(["--exclude", "crates/tcb-auth/src/store/no_cipher.rs"]);
    // A documentation test is an example, and each is a program to build.
    mutants.args(["--", "--lib", "--tests"]);
    // The model visits every state there is.
    mutants.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    // 2: something survived, 3: some tests took too long. All else is a failure of the tool or of
    // the tests without any change.
    let status = mutants.status()?;
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(format!("cargo-mutants: {status}").into());
    }
    let missed = fs::read_to_string(output.join("mutants.out/missed.txt"))?;
    Ok(missed.lines().map(without_place).collect())
}

/// `file.rs:12:3: change` without line and column, which move with every edit.
fn without_place(line: &str) -> String {
    match line.split_once(": ") {
        Some((place, change)) => {
            let file = place.split(':').next().unwrap_or(place);
            format!("{file}: {change}")
        }
        None => line.to_owned(),
    }
}

/// What survives and is not known to, and the other way round.
fn compare(survivors: &BTreeSet<String>, known: &BTreeSet<String>) -> Vec<String> {
    let unknown = survivors.difference(known).map(|change| format!("no test notices this: {change}"));
    let caught = known.difference(survivors).map(|change| format!("{KNOWN} names this in vain: {change}"));
    unknown.chain(caught).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_move_and_survivors_stay_the_same() {
        let line = "crates/a/src/b.rs:12:3: replace f -> bool with true";
        assert_eq!(without_place(line), "crates/a/src/b.rs: replace f -> bool with true");
    }

    #[test]
    fn a_survivor_is_known_or_reported_and_the_list_has_no_others() {
        let set = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        assert!(compare(&set(&["a"]), &set(&["a"])).is_empty());
        let differences = compare(&set(&["a", "b"]), &set(&["a", "c"]));
        assert_eq!(differences, ["no test notices this: b", "xtask/mutants.txt names this in vain: c"]);
    }
}
