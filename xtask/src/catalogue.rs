//! `cargo xtask catalogue`: the code against the catalogue of documented facts.

mod accepted;
mod check;
mod compare;
mod errors;
mod finding;
mod samples;
mod shape;
#[cfg(test)]
mod testing;
mod typed;

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
}

pub(crate) fn run(command: Command) -> Result {
    match command {
        Command::Check => check(),
        Command::Errors { check } => errors(check),
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
