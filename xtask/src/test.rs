//! `cargo xtask test`: all tests, and the demo as a user runs it.

use serde_json::Value;

use crate::steps::Steps;
use crate::{Result, workspace};

pub(crate) fn run() -> Result {
    let mut steps = Steps::default();
    // Doctests, and so the READMEs, are part of it.
    steps
        .run("all features", || workspace::run(workspace::cargo(&["test", "--workspace", "--all-features"])));
    // What reads answers and errors has no feature, so its tests have to pass without any.
    for features in ["", "token-chain"] {
        let with = if features.is_empty() { "no feature" } else { features };
        steps.run(&format!("tcb-types with {with}"), || {
            let args = ["test", "-p", "tcb-types", "--lib", "--no-default-features", "--features", features];
            workspace::run(workspace::cargo(&args))
        });
    }
    steps.run("demo", demo);
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
