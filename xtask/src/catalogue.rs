//! `cargo xtask catalogue`: the code against the catalogue of documented facts.

mod accepted;
mod check;
mod compare;
mod coverage;
mod errors;
mod finding;
#[cfg(test)]
mod odd_answers;
mod quirks;
mod samples;
#[cfg(test)]
mod serialized;
mod shape;

use crate::Result;

#[derive(Clone, Copy, clap::Subcommand)]
pub(crate) enum Command {
    /// Compares every operation type with its entry of the catalogue: facts, fields and samples.
    Check,
    /// Writes the table of error codes and reactions.
    Errors {
        /// Writes nothing; fails when the table is not what it would write.
        #[arg(long)]
        check: bool,
    },
    /// Writes the page of what the emulator covers.
    Coverage {
        /// Writes nothing; fails when the page is not what it would write.
        #[arg(long)]
        check: bool,
    },
}

pub(crate) fn run(command: Command) -> Result {
    match command {
        Command::Check => check(),
        Command::Errors { check } => errors(check),
        Command::Coverage { check } => coverage(check),
    }
}

/// `catalogue check`
pub(crate) fn check() -> Result {
    check::run()
}

/// `catalogue errors`
pub(crate) fn errors(check: bool) -> Result {
    errors::run(check)
}

/// `catalogue coverage`
pub(crate) fn coverage(check: bool) -> Result {
    coverage::run(check)
}
