//! The one place that prints: data on standard output, talk on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Report, SCHEMA};

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

    pub(crate) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints a result, and how to go on.
    pub(crate) fn report(self, report: &Report) -> Exit {
        let printed = match self.format {
            Format::Json => Self::json(report),
            Format::Table => {
                if report.is_prose() {
                    Self::line(&prose(report, columns()))
                } else {
                    let mut table = Table::new();
                    table.add_rows(report.rows().map(|(label, text)| [label, text]));
                    Self::table(&mut table)
                }
            }
        };
        if let Some(hint) = &report.hint {
            self.talk(&format!("hint: {hint}"));
        }
        if printed.is_ok() { report.exit } else { Exit::Failed }
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
        if self.is_json() {
            // The exit code says that it failed, even where nobody reads the object.
            let _ = Self::json(&Failed { schema: SCHEMA, ok: false, error: failure });
        }
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

    /// Says something that is no data.
    #[expect(clippy::unused_self, reason = "whoever may talk has been given an `Output`")]
    pub(crate) fn talk(self, text: &str) {
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// How wide the terminal is that standard output goes to, in columns; none when it goes elsewhere
/// or nobody knows.
fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    set.or_else(of_terminal).filter(|columns| *columns > 0)
}

#[cfg(unix)]
fn of_terminal() -> Option<usize> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into())
}

#[cfg(not(unix))]
fn of_terminal() -> Option<usize> {
    None
}

/// `label: text`, one below the other. Texts of several lines begin below their label, and lines
/// that are too long go on further in.
fn prose(report: &Report, columns: Option<usize>) -> String {
    let mut lines = Vec::new();
    for (label, text) in report.rows() {
        if text.contains('\n') {
            lines.push(format!("{label}:"));
            text.lines().for_each(|line| wrap(line, "  ", columns, &mut lines));
        } else {
            wrap(&format!("{label}: {text}"), "", columns, &mut lines);
        }
    }
    lines.join("\n")
}

/// Breaks `text` at its spaces, so that each line fits if it can.
fn wrap(text: &str, indent: &str, columns: Option<usize>, lines: &mut Vec<String>) {
    let mut line = indent.to_owned();
    for (index, word) in text.split(' ').enumerate() {
        if columns.is_some_and(|columns| line.width() + 1 + word.width() > columns) && !line.trim().is_empty()
        {
            lines.push(line);
            line = format!("{indent}    {word}");
        } else {
            line.push_str(if index == 0 { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.push(line);
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
