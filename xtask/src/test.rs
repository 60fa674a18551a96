//! `cargo xtask test`: all tests, the demo as a user runs it, short storms and the counts of what calls cost.

use serde_json::Value;

use crate::steps::Steps;
use crate::storm::{self, Store};
use crate::{Result, bench, programs, system_package, workspace};

/// The variable that has the tests leave themselves out that need `redis-server`.
const WITHOUT_REDIS: &str = "TCB_WITHOUT_REDIS";

/// What is to be tested.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests that are this, or that need it.
    #[arg(long, value_enum)]
    without: Vec<Need>,
}

/// What some tests need and not every machine has.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Need {
    /// The program `redis-server`.
    Redis,
    /// The short storms, which need a machine with little else to do.
    Storm,
    /// The program `valgrind`, which is not for every system.
    Valgrind,
}

pub(crate) fn run(args: &Args) -> Result {
    let with_redis = !args.without.contains(&Need::Redis);
    if with_redis {
        system_package::provide("redis-server")
            .map_err(|error| format!("{error}, or leave its tests out with `--without redis`"))?;
    }
    let mut steps = Steps::default();
    // Doctests, and so the READMEs, are part of it.
    steps.run("all features", || {
        let mut tests = workspace::cargo(&["test", "--workspace", "--all-features"]);
        if !with_redis {
            tests.env(WITHOUT_REDIS, "1");
        }
        workspace::run(tests)
    });
    // What reads answers and errors has no feature, so its tests have to pass without any.
    for features in ["", "token-chain"] {
        let with = if features.is_empty() { "no feature" } else { features };
        steps.run(&format!("tcb-types with {with}"), || {
            let args = ["test", "-p", "tcb-types", "--lib", "--no-default-features", "--features", features];
            workspace::run(workspace::cargo(&args))
        });
    }
    if !with_redis {
        steps.leave_out("everything that needs redis-server");
    }
    if args.without.contains(&Need::Storm) {
        steps.leave_out("the storms");
    } else {
        if with_redis {
            steps.run("storm over redis", || storm::short(Store::Redis));
        }
        steps.run("storm over SQLite", || storm::short(Store::Sqlite));
        steps.run("storm that has to see waste", storm::wasteful);
    }
    steps.run("other people's programs", programs::run);
    steps.run("demo", demo);
    if args.without.contains(&Need::Valgrind) {
        steps.leave_out("bench --check, which needs valgrind");
    } else {
        steps.run("bench --check", bench::check);
    }
    steps.finish()
}

/// Runs `tcbctl demo`: it has to end well and say so.
fn demo() -> Result {
    let demo = workspace::cargo(&["run", "--quiet", "-p", "tcbctl", "--", "demo", "-o", "json"]);
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
