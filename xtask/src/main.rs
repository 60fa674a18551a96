//! The project's own checks and generators: `cargo xtask <command>`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person at a terminal")]

mod catalogue;
mod conformance;
mod deny;
mod graph;
mod lint;
mod portable;
mod steps;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What goes wrong is told to a person and handled by nobody.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The project's own checks and generators.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compares the code with the catalogue of documented facts, or writes code from it.
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    /// Proves what a command can prove of the architecture: which crate sees which.
    Graph,
    /// Formatting, lints, documentation, graph and catalogue: everything but tests.
    Lint(lint::Args),
    /// Licences, banned crates and sources of the dependencies. Builds cargo-deny the first time, which takes long.
    Deny,
    /// All tests, and the demo once.
    Test,
    /// Lets an outside client, wechatpy, run against the emulator. Needs Python and its registry.
    Conformance,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Catalogue(command) => catalogue::run(command),
        Command::Graph => graph::run(),
        Command::Lint(args) => lint::run(&args),
        Command::Deny => deny::run(),
        Command::Test => test::run(),
        Command::Conformance => conformance::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
