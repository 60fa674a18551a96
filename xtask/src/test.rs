//! `cargo xtask test`: the tests that a Rust toolchain can run alone, and with `--all` everything.

use std::process::Command;
use std::{env, fs, process};

use serde_json::Value;

use crate::steps::Steps;
use crate::{Result, bench, program, programs, storm, workspace};

/// What `--all` needs beside a Rust toolchain.
const PROGRAMS: [&str; 4] = ["chromedriver", "postgres", "redis-server", "valgrind"];

/// What is to be tested.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave nothing out: also the tests over servers, the short storms, other people's programs,
    /// the demo and the counts of what calls cost. Needs what .ci/setup installs.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> Result {
    if args.all {
        PROGRAMS.into_iter().try_for_each(program::require)?;
    }
    let mut steps = Steps::default();
    // Doctests, and so the READMEs, are part of it.
    let mut left_out = Vec::new();
    steps.run("all features", || workspace_tests(args.all, &mut left_out));
    // What reads answers and errors has no feature, so its tests have to pass without any.
    for features in ["", "token-chain"] {
        let with = if features.is_empty() { "no feature" } else { features };
        steps.run(&format!("tcb-types with {with}"), || {
            let args = ["test", "-p", "tcb-types", "--lib", "--no-default-features", "--features", features];
            workspace::run(workspace::cargo(&args))
        });
    }
    if args.all {
        storm::short(&mut steps);
        steps.run("other people's programs", programs::run);
        steps.run("demo", demo);
        steps.run("bench --check", bench::check);
    } else {
        left_out.push("storms, other people's programs, demo, bench --check: run with --all".to_owned());
        for program in PROGRAMS.into_iter().filter(|program| !program::is_there(program)) {
            left_out.push(format!("--all needs {program}, which is not there"));
        }
    }
    for name in &left_out {
        steps.leave_out(name);
    }
    steps.finish()
}

/// All tests of the workspace. The test kit tells which of them were left out for want of a
/// program.
fn workspace_tests(all: bool, left_out: &mut Vec<String>) -> Result {
    let list = env::temp_dir().join(format!("tcb-tests-left-out-{}", process::id()));
    let mut tests = workspace::cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
    tests.env("TCB_TESTS_LEFT_OUT", &list);
    if all {
        tests.env("TCB_REQUIRE_ALL_TESTS", "1");
    }
    let outcome = workspace::run(tests);
    if let Ok(lines) = fs::read_to_string(&list) {
        left_out.extend(lines.lines().map(str::to_owned));
        fs::remove_file(list)?;
    }
    outcome
}

/// Runs `tcbctl demo`: it has to end well and say so.
fn demo() -> Result {
    let mut demo = Command::new(workspace::tested("tcbctl")?);
    demo.args(["demo", "-o", "json"]);
    let report = workspace::output(demo)?;
    println!("{} steps", steps_of(&report)?);
    Ok(())
}

/// How many steps the demo took, by the JSON object in its last line.
fn steps_of(output: &str) -> Result<usize> {
    let last = output.lines().last().ok_or("the demo says nothing")?;
    let report: Value =
        serde_json::from_str(last).map_err(|error| format!("the demo's last line is no JSON: {error}"))?;
    match (&report["ok"], report["steps"].as_array()) {
        (Value::Bool(true), Some(steps)) if !steps.is_empty() => Ok(steps.len()),
        _ => Err(format!("the demo does not report success: {last}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::steps_of;

    #[test]
    fn only_a_report_of_success_passes() {
        assert_eq!(steps_of("hello\n{\"ok\": true, \"steps\": [{}]}\n").unwrap(), 1);
        for output in [
            "",
            "fine",
            "{\"ok\": false, \"steps\": [{}]}",
            "{\"ok\": true, \"steps\": []}",
            "{\"ok\": \"true\"}",
        ] {
            assert!(steps_of(output).is_err(), "{output}");
        }
    }
}
