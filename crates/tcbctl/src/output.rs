//! The one place that prints: data on standard output, talk on standard error.

pub(crate) mod wrap;
mod yaml;

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Value;

use crate::args::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::labels;
use crate::language::say;
use crate::report::{self, List, Report, SCHEMA};
use wrap::wrap;

/// Prints in the format that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
}

/// What programs read in the place of a result.
#[derive(Serialize)]
struct Failed<'a> {
    schema: u32,
    ok: bool,
    error: &'a Failure,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether programs read the result, and failures in its place.
    pub(crate) fn is_for_programs(self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl | Format::Yaml)
    }

    /// Whether programs read of what goes on as well, a JSON object a line.
    pub(crate) fn tells_events(self) -> bool {
        self.format == Format::Jsonl
    }

    /// Prints a result, and how to go on.
    pub(crate) fn report(self, report: &Report) -> Exit {
        let printed = match (self.format, report.list()) {
            (Format::Jsonl, Some(list)) => list.items.iter().try_for_each(Self::json),
            (Format::Json | Format::Jsonl, _) => Self::json(report),
            (Format::Yaml, _) => Self::yaml(report),
            (Format::Name, _) => report.names().iter().try_for_each(|name| Self::line(name)),
            (Format::Table, _) if report.own_lines().is_some() => {
                report.own_lines().unwrap_or_default().iter().try_for_each(|line| Self::line(line))
            }
            (Format::Table, None) if report.is_prose() => Self::line(&prose(report, columns())),
            (Format::Table, list) => Self::rows(report, list),
        };
        if let Some(hint) = &report.hint {
            self.hint(hint);
        }
        if printed.is_ok() { report.exit } else { Exit::Failed }
    }

    /// Prints things of a list at once when each is a line of its own, and returns what the report
    /// has to print.
    pub(crate) fn pass_on(self, items: Vec<Value>) -> io::Result<Vec<Value>> {
        if self.format != Format::Jsonl {
            return Ok(items);
        }
        items.iter().try_for_each(Self::json)?;
        Ok(Vec::new())
    }

    /// For people: the fields of a result, and the things that it lists.
    fn rows(report: &Report, list: Option<&List>) -> io::Result<()> {
        let mut fields = report.rows().peekable();
        if list.is_none() || fields.peek().is_some() {
            let mut table = Table::new();
            table.add_rows(fields.map(|(label, text)| [label, text]));
            Self::table(&mut table)?;
        }
        match list {
            Some(List { items, none, .. }) if items.is_empty() => Self::line(none),
            Some(list) => Self::list(list),
            None => Ok(()),
        }
    }

    /// For people: things of one kind, and how many more there are.
    fn list(list: &List) -> io::Result<()> {
        let (columns, shown) = (list.columns, list.shown());
        let mut table = Table::new();
        table.set_header(columns.iter().map(|name| labels::of(name)));
        table.add_rows(shown.iter().map(|item| columns.iter().map(|name| cell(name, &item[*name]))));
        Self::table(&mut table)?;
        match list.items.len() - shown.len() {
            0 => Ok(()),
            more => Self::line(&say!(
                "… and {more} more; `-o json` lists all",
                "……还有 {more} 个；`-o json` 列出全部"
            )),
        }
    }

    /// Prints a failure: for people on standard error, and for programs as an object in the place
    /// of the result.
    pub(crate) fn failure(self, failure: &Failure) -> Exit {
        self.talk(&failure.to_string());
        self.failure_object(failure);
        failure.exit
    }

    /// Prints a failure for programs only.
    pub(crate) fn failure_object(self, failure: &Failure) {
        if self.is_for_programs() {
            let failed = Failed { schema: SCHEMA, ok: false, error: failure };
            // The exit code says that it failed, even where nobody reads the object.
            let _ = if self.format == Format::Yaml { Self::yaml(&failed) } else { Self::json(&failed) };
        }
    }

    /// Says what to do next.
    pub(crate) fn hint(self, hint: &str) {
        self.talk(&say!("hint: {hint}", "提示：{hint}"));
    }

    fn yaml(value: &impl Serialize) -> io::Result<()> {
        Self::line(&yaml::of(&serde_json::to_value(value)?))
    }

    /// Prints one JSON object in a line of its own.
    pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
        Self::line(&serde_json::to_string(value)?)
    }

    /// Prints one line of data and sees to it that a reader of a pipe gets it now.
    pub(crate) fn line(text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}")?;
        stdout.flush()
    }

    /// Prints a table: ruled for a person at a terminal and no wider than that, plain for `grep`
    /// and `cut`.
    pub(crate) fn table(table: &mut Table) -> io::Result<()> {
        if io::stdout().is_terminal() {
            table.load_style(presets::UTF8_FULL_CONDENSED);
            if let Some(columns) = columns() {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(u16::try_from(columns).unwrap_or(u16::MAX));
            }
        } else {
            table.load_style(presets::NOTHING);
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
        }
        Self::line(&table.trim_fmt())
    }

    /// Says something that nobody may overlook: in red where there are colours.
    pub(crate) fn alarm(self, text: &str) {
        let has_colours =
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        self.talk(&if has_colours { format!("\u{1b}[1;31m{text}\u{1b}[0m") } else { text.to_owned() });
    }

    /// Says something that is no data.
    #[expect(clippy::unused_self, reason = "whoever may talk has been given an `Output`")]
    pub(crate) fn talk(self, text: &str) {
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// How wide the terminal is that standard output goes to, in columns; none when it goes elsewhere
/// or nobody knows.
pub(crate) fn columns() -> Option<usize> {
    if io::stdout().is_terminal() { chosen().or_else(|| width_of(io::stdout())) } else { None }
}

/// The same for standard error.
pub(crate) fn columns_for_talk() -> Option<usize> {
    if io::stderr().is_terminal() { chosen().or_else(|| width_of(io::stderr())) } else { None }
}

/// What the person wants, whatever the terminal says.
fn chosen() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0)
}

#[cfg(unix)]
fn width_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let columns = rustix::termios::tcgetwinsize(stream).ok().map(|size| size.ws_col.into());
    columns.filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn width_of<S>(_: S) -> Option<usize> {
    None
}

/// A value in a table: nothing where nothing is told.
fn cell(name: &str, value: &Value) -> String {
    if value.is_null() { String::new() } else { report::told(name, value) }
}

/// `label: text`, one below the other. Texts of several lines begin below their label, and lines
/// that are too long go on further in.
pub(crate) fn prose(report: &Report, columns: Option<usize>) -> String {
    let mut lines = Vec::new();
    for (label, text) in report.rows() {
        if text.contains('\n') {
            lines.push(say!("{label}:", "{label}："));
            text.lines().for_each(|line| wrap(line, "  ", "      ", columns, &mut lines));
        } else {
            wrap(&say!("{label}: {text}", "{label}：{text}"), "", "    ", columns, &mut lines);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_hang_and_long_words_stay_whole() {
        let report = Report::new("explain")
            .prose()
            .field("path", "/a")
            .field("about", "one two three four https://an.address.that.is.long")
            .field("notes", "五个汉字字 five\nshort");
        let narrow = "path: /a\nabout: one two\n    three four\n    https://an.address.that.is.long\n\
                      notes:\n  五个汉字字\n      five\n  short";
        assert_eq!(prose(&report, Some(14)), narrow);
        let wide = "path: /a\nabout: one two three four https://an.address.that.is.long\n\
                    notes:\n  五个汉字字 five\n  short";
        assert_eq!(prose(&report, None), wide);
    }
}
