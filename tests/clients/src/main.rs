//! Clients that others wrote, against the emulator: `cargo xtask conformance`, `cargo xtask
//! schemathesis`.
//!
//! They know nothing of this project, so what they accept is not merely what our own client
//! expects. They come from the registries of Python, npm and Rust, and so this is no part of CI.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person at a terminal")]

mod chain;
mod driver;
mod habits;
mod page;
mod peers;
mod schemathesis;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Clients that others wrote, against the emulator.
#[derive(Parser)]
#[command(bin_name = "cargo run -p tcb-clients --")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lets each client go through the token chain and the five operations, and counts what it does
    /// when many callers start at once and when its tokens are refused.
    Conformance {
        /// Writes docs/comparison.md instead of printing it.
        #[arg(long)]
        write: bool,
        /// Only clients whose names contain this.
        #[arg(long, conflicts_with = "write")]
        only: Option<String>,
    },
    /// Lets schemathesis make up calls from the OpenAPI document of the catalogue.
    Schemathesis(schemathesis::Args),
    /// Validates an OpenAPI document against the official schema.
    Validate { document: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Conformance { write, only } => page::conformance(write, only.as_deref()).await,
        Command::Schemathesis(args) => schemathesis::run(&args).await,
        Command::Validate { document } => schemathesis::validate(&document),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
