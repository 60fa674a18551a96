//! The one place that prints: data on standard output, talk on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{Table, presets};
use serde::Serialize;

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
                let mut table = Table::new();
                table.add_rows(report.rows().map(|(label, text)| [label, text]));
                Self::table(&mut table)
            }
        };
        if let Some(hint) = &report.hint {
            self.talk(&format!("hint: {hint}"));
        }
        if printed.is_ok() { report.exit } else { Exit::Failed }
    }

    /// Prints a failure: for people on standard error, and for programs as an object in the place of the result.
    pub(crate) fn failure(self, failure: &Failure) -> Exit {
        self.talk(&failure.to_string());
        if self.is_json() {
            // The exit code says that it failed, even where nobody reads the object.
            let _ = Self::json(&Failed { schema: SCHEMA, ok: false, error: failure });
        }
        failure.exit
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

    /// Prints a table: ruled for a person at a terminal, plain for `grep` and `cut`.
    pub(crate) fn table(table: &mut Table) -> io::Result<()> {
        if io::stdout().is_terminal() {
            table.load_style(presets::UTF8_FULL_CONDENSED);
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
