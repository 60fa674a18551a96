//! What is timed, and depends on the machine. Reported, never gated.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::{Result, workspace};

/// What is to be timed beside what always is.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Walk a million merchants over `SQLite` too. Takes some minutes.
    #[arg(long)]
    scale: bool,
}

/// Figures for the JSON line, by name.
pub(super) type Ratios = BTreeMap<String, Value>;

/// Times all of it, or the parts whose names start with `only`, and prints it. The parts are
/// `compare`, `refresh`, `burst` and, when it is asked for, `scale`.
pub(super) fn run(args: &Args, only: Option<&str>) -> Result<Ratios> {
    let mut parts = vec!["compare", "refresh", "burst"];
    parts.extend(args.scale.then_some("scale"));
    parts.retain(|part| only.is_none_or(|only| part.starts_with(only)));
    let mut ratios = Ratios::new();
    if !parts.is_empty() {
        let program = workspace::measured("tcb-bench-load")?;
        for part in parts {
            let mut command = Command::new(&program);
            command.current_dir(workspace::root()).arg(part).stdin(Stdio::null());
            ratios.extend(told(&workspace::output(command)?)?);
        }
    }
    Ok(ratios)
}

/// Prints the tables, and gives the ratios of the line with a JSON object in which they end.
fn told(text: &str) -> Result<Ratios> {
    #[derive(Deserialize)]
    struct Told {
        ratios: Ratios,
    }
    let (tables, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    println!("\n{tables}");
    Ok(serde_json::from_str::<Told>(last)?.ratios)
}
