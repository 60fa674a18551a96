//! The demo's report.

use std::io;
use std::time::Duration;

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::recorder::Step;
use crate::backend::Backend;
use crate::output::Output;
use crate::report::SCHEMA;

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    steps: &'a [Step],
    schema: u32,
}

/// For programs: one object in the last line.
pub(super) fn json(steps: &[Step], ok: bool) -> io::Result<()> {
    Output::json(&Report { ok, steps, schema: SCHEMA })
}

/// For people: a row for each step, with the time that each backend took.
pub(super) fn print(steps: &[Step], ok: bool, base_url: &str, took: Duration) -> io::Result<()> {
    Output::line(&format!("WeChat, emulated at {base_url}; no account, no network.\n"))?;
    let mut rows = Table::new();
    let mut header = vec!["step".to_owned(), "outcome".to_owned()];
    header.extend(Backend::ALL.iter().map(ToString::to_string));
    rows.set_header(header);
    for name in names(steps) {
        rows.add_row(row(steps, name));
    }
    for column in rows.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Output::table(&mut rows)?;

    for step in steps.iter().filter(|step| !step.is_as_expected()) {
        let expected = step.expected.unwrap_or_default();
        let detail = step.detail.as_deref().unwrap_or("no further detail");
        Output::line(&format!(
            "\n{} ({}): expected {expected}, got {}: {detail}",
            step.name, step.backend, step.outcome
        ))?;
    }
    if ok {
        let count = steps.len();
        Output::line(&format!(
            "\nAll {count} steps went as expected, in {:.1} s. Try it yourself:",
            took.as_secs_f64()
        ))?;
        for next in
            ["tcbctl emu start", "tcbctl cloud open         # in another terminal", "tcbctl explain -601049"]
        {
            Output::line(&format!("  {next}"))?;
        }
    }
    Ok(())
}

/// The names of the steps, in the order in which they were first taken.
fn names(steps: &[Step]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for step in steps {
        if !names.contains(&step.name) {
            names.push(step.name);
        }
    }
    names
}

/// Name, outcome (of all backends, if they differ) and times of a step.
fn row(steps: &[Step], name: &str) -> Vec<String> {
    let taken = |backend: &Backend| steps.iter().find(|step| step.name == name && step.backend == *backend);
    let mut outcomes: Vec<&str> = Backend::ALL.iter().filter_map(taken).map(|step| step.outcome).collect();
    outcomes.dedup();
    let mut row = vec![name.to_owned(), outcomes.join(" / ").replace('_', " ")];
    row.extend(Backend::ALL.iter().map(|backend| match taken(backend) {
        Some(step) => format!("{:.1} ms", step.took.as_secs_f64() * 1000.0),
        None => "-".to_owned(),
    }));
    row
}
