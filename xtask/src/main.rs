//! The project's own checks and generators: `cargo xtask <command>`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person at a terminal")]

mod bench;
mod catalogue;
mod clients;
mod comments;
mod deny;
mod draft;
mod fuzz;
mod generated;
mod graph;
mod lint;
mod mutants;
mod openapi;
mod program;
mod programs;
mod semver;
mod server;
mod steps;
mod storm;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Result;

const BUDGET: [&str; 6] = ["run", "--release", "-p", "tcb-emulator", "--example", "budget"];

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
    /// Drafts the file of an operation from its entry of the catalogue.
    NewOperation(draft::Args),
    /// Writes the catalogue as an OpenAPI document.
    Openapi(openapi::Args),
    /// What the emulator may cost: how soon it is ready, and its memory. Needs Linux.
    #[command(subcommand)]
    Emulator(Emulator),
    /// Proves what a command can prove of the architecture: which crate sees which, and that no
    /// files lean on each other in a circle.
    Graph(graph::Args),
    /// Formatting, lints, documentation, graph and catalogue: everything but tests.
    Lint(lint::Args),
    /// Licences, banned crates and sources of the dependencies. Builds cargo-deny the first time,
    /// which takes long.
    Deny,
    /// Whether the libraries keep what the newest tag `v*` promised. Builds cargo-semver-checks the
    /// first time, which takes long.
    Semver,
    /// Makes up bytes for everything that reads what comes from outside. Builds cargo-fuzz the
    /// first time; needs a C++ compiler.
    Fuzz(fuzz::Args),
    /// Whether tests notice changes of the token protocol and of the retry table. Builds
    /// cargo-mutants the first time; takes hours.
    Mutants(mutants::Args),
    /// The tests that a Rust toolchain can run alone; with --all everything, as CI does.
    Test(test::Args),
    /// The SDK in other people's programs: beside a reqwest of their own, and beside crates that
    /// link SQLite too.
    Programs,
    /// Many processes share a token store while they are killed and stopped and the store hangs, is
    /// cut off and loses what it holds.
    Storm(storm::Args),
    /// Counts what calls cost, times them beside others, and holds the counts to their targets.
    /// Needs valgrind.
    Bench(bench::Args),
    /// Lets clients that others wrote run against the emulator. Needs Python, Node.js and their
    /// registries.
    Conformance(clients::Args),
    /// Lets schemathesis make up calls from the OpenAPI document, against the emulator. Needs
    /// Python and its registry.
    Schemathesis(clients::Args),
}

#[derive(Subcommand)]
enum Emulator {
    /// Measures it, and fails above the limits.
    Budget,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Catalogue(command) => catalogue::run(command),
        Command::NewOperation(args) => draft::run(&args),
        Command::Openapi(args) => openapi::run(&args),
        Command::Emulator(Emulator::Budget) => workspace::run(workspace::cargo(&BUDGET)),
        Command::Graph(args) => graph::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Deny => deny::run(),
        Command::Semver => semver::run(),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Mutants(args) => mutants::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Programs => programs::run(),
        Command::Storm(args) => storm::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Conformance(args) => clients::run("conformance", &args),
        Command::Schemathesis(args) => clients::run("schemathesis", &args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
