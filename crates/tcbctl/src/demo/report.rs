//! The demo's report.

use std::io;
use std::time::Duration;

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::recorder::Step;
use crate::backend::Backend;
use crate::labels;
use crate::language::say;
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
    Output::line(&say!(
        "WeChat, emulated at {base_url}; no account, no network.\n",
        "微信模拟器位于 {base_url}；无需账号，无需网络。\n"
    ))?;
    let mut rows = Table::new();
    let mut header = vec![say!("step", "步骤"), labels::of("outcome")];
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
        let detail = step.detail.clone().unwrap_or_else(|| say!("no further detail", "没有更多信息"));
        let (name, backend, outcome) = (labels::step(step.name), step.backend, step.outcome);
        Output::line(&say!(
            "\n{name} ({backend}): expected {expected}, got {outcome}: {detail}",
            "\n{name}（{backend}）：应为 {expected}，实为 {outcome}：{detail}"
        ))?;
    }
    if ok {
        let count = steps.len();
        let seconds = took.as_secs_f64();
        Output::line(&say!(
            "\nAll {count} steps went as expected, in {seconds:.1} s. Try it yourself:",
            "\n全部 {count} 个步骤符合预期，用时 {seconds:.1} 秒。自己试试："
        ))?;
        let open = say!(
            "tcbctl cloud open         # in another terminal",
            "tcbctl cloud open         # 在另一个终端"
        );
        for next in ["tcbctl emu start", &open, "tcbctl explain -601049"] {
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
    let outcomes: Vec<String> = outcomes.into_iter().map(labels::outcome).collect();
    let mut row = vec![labels::step(name).to_owned(), outcomes.join(" / ")];
    row.extend(Backend::ALL.iter().map(|backend| match taken(backend) {
        Some(step) => format!("{:.1} ms", step.took.as_secs_f64() * 1000.0),
        None => "-".to_owned(),
    }));
    row
}
