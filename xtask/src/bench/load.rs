//! What is timed, and depends on the machine. Reported, never gated.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::{Result, workspace};

/// Figures for the JSON line, by name.
#[derive(Default, Deserialize)]
pub(super) struct Told {
    pub(super) ratios: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) scale: BTreeMap<String, Value>,
    /// What is drawn.
    #[serde(default)]
    pub(super) curves: BTreeMap<String, Vec<f64>>,
}

/// Times all of it, or the parts whose names start with `only`, and prints it. The parts are
/// `compare`, `refresh` and `scale`.
pub(super) fn run(only: Option<&str>) -> Result<Told> {
    let mut parts = vec!["compare", "refresh", "scale"];
    parts.retain(|part| only.is_none_or(|only| part.starts_with(only)));
    let mut all = Told::default();
    if !parts.is_empty() {
        let program = workspace::measured("tcb-bench-load")?;
        for part in parts {
            let mut command = Command::new(&program);
            command.current_dir(workspace::root()).arg(part).stdin(Stdio::null());
            let told = told(&workspace::output(command)?)?;
            all.ratios.extend(told.ratios);
            all.scale.extend(told.scale);
            all.curves.extend(told.curves);
        }
    }
    Ok(all)
}

/// Prints the tables, and gives the figures of the line with a JSON object in which they end.
fn told(text: &str) -> Result<Told> {
    let (tables, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    println!("\n{tables}");
    Ok(serde_json::from_str(last)?)
}
