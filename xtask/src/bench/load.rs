//! What is timed, and what depends on the machine. Reported, never gated.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Result, workspace};

const PACKAGE: &str = "tcb-bench-load";

/// How many tokens are at hand when their memory is looked at.
const MERCHANTS: [u32; 2] = [100_000, 1_000_000];

/// What is to be timed beside what always is.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Walk a million merchants over `SQLite` too. Takes some minutes.
    #[arg(long)]
    scale: bool,
}

/// Figures for the JSON line, by name.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) ratios: BTreeMap<String, Value>,
    pub(super) bytes_per_authorizer: BTreeMap<String, Value>,
}

/// Times all of it, or the parts whose names start with `only`, and prints it. The parts are
/// `compare`, `refresh`, `burst`, `merchants` and, when it is asked for, `scale`.
pub(super) fn run(args: &Args, only: Option<&str>) -> Result<Load> {
    let wanted =
        |part: &str| only.is_none_or(|only| part.starts_with(only)) && (args.scale || part != "scale");
    let mut load = Load::default();
    if ["compare", "refresh", "burst", "merchants", "scale"].into_iter().any(wanted) {
        let programs = build()?;
        for part in ["compare", "refresh", "burst", "scale"] {
            if wanted(part) {
                load.take(&role(&programs.join(PACKAGE), part)?);
            }
        }
        if wanted("merchants") {
            load.weigh_merchants(&programs.join("tcb-bench-bytes"))?;
        }
    }
    Ok(load)
}

impl Load {
    /// Takes the ratios out of what a role has told.
    fn take(&mut self, told: &Value) {
        if let Some(ratios) = told["ratios"].as_object() {
            self.ratios.extend(ratios.iter().map(|(name, ratio)| (name.clone(), ratio.clone())));
        }
    }

    fn weigh_merchants(&mut self, program: &std::path::Path) -> Result {
        println!("\n| merchants in the cache | heap, bytes each | RSS, bytes each |");
        println!("| --- | --- | --- |");
        for merchants in MERCHANTS {
            let line = workspace::output(command(program, &[&merchants.to_string()]))?;
            let told: Value = serde_json::from_str(&line)?;
            println!("| {merchants} | {} | {} |", told["heap"], told["rss"]);
            for kind in ["heap", "rss"] {
                self.bytes_per_authorizer.insert(format!("{kind}/{merchants}"), told[kind].clone());
            }
        }
        Ok(())
    }
}

/// Builds the programs as they are measured, and gives the folder that they are in.
fn build() -> Result<PathBuf> {
    let args = ["build", "--quiet", "--profile", "bench", "--message-format", "json", "-p", PACKAGE];
    let told = workspace::output(workspace::cargo(&args))?;
    let executable = told.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let executable = PathBuf::from(message["executable"].as_str()?);
        Some(executable.parent()?.to_owned())
    });
    executable.ok_or_else(|| "cargo did not say what it has built".into())
}

/// Lets the program measure something. It prints tables and ends in one line with a JSON object,
/// which is the answer.
fn role(program: &std::path::Path, name: &str) -> Result<Value> {
    let mut command = command(program, &[name]);
    command.stdin(Stdio::null());
    let told = workspace::output(command)?;
    let (tables, last) = told.trim_end().rsplit_once('\n').unwrap_or(("", told.trim_end()));
    println!("\n{tables}");
    Ok(serde_json::from_str(last)?)
}

fn command(program: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(arguments);
    command
}
