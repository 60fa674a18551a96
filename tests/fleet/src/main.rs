//! A storm over a fleet: merchants are brought to a blueprint by several processes over one
//! journal, which are killed at random, while answers of creates get lost, calls are refused,
//! quotas run out and administrators agree late or never. In the end each create was executed once.

#![expect(clippy::unwrap_used, reason = "a storm ends at the first surprise")]

mod args;
mod clock;
mod driver;
mod worker;

use args::{Drive, Worker};
use clap::Parser;

#[derive(Debug, Parser)]
enum Command {
    /// Drives a storm, and prints what became of it as one JSON object.
    Drive(Drive),
    /// Works on a fleet, until it is killed.
    Worker(Worker),
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match Command::parse() {
        Command::Drive(args) => driver::drive(&args).await,
        Command::Worker(args) => Box::pin(worker::work(&args)).await,
    }
}
