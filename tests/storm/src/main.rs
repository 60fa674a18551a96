//! A storm over the token chain: eight processes share a thousand merchants' tokens through one store, while processes are killed and
//! stopped, their clocks are set wrong, the store hangs, is cut off and loses what it holds, and answers of WeChat are lost.
//!
//! `cargo xtask storm` runs it. All times are a hundredth of real ones: the emulator's clock, the cache's policy and the lives of
//! tokens, so that one minute is as good as an hour and a half.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to another process, or to a person")]
#![expect(clippy::unwrap_used, reason = "it is a test: it ends at the first thing that it did not provoke")]

mod chaos;
mod conductor;
mod convergence;
mod crew;
mod harmed;
mod outage;
mod proxy;
mod report;
mod scale;
mod stores;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Starts everything, makes the storm, and judges.
    Conduct(Plan),
    /// One of the processes that share the tokens. Started by the conductor.
    Work {
        /// Where the conductor wrote what all workers need.
        errand: PathBuf,
        /// The store: `redis://…` or the path of a file.
        store: String,
        /// Take part in the storm at once: it replaces a worker that was killed.
        #[arg(long)]
        at_once: bool,
    },
}

/// What storm it is to be.
#[derive(clap::Args, Clone, Debug)]
struct Plan {
    #[arg(long, value_enum)]
    store: StoreKind,
    /// How long things go wrong, in seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// What becomes of a refresh token that is used.
    #[arg(long, value_enum, default_value_t = Rotation::Stable)]
    rotation: Rotation,
    /// How many merchants.
    #[arg(long, default_value_t = 1000)]
    keys: usize,
    /// How many calls a second, all workers together.
    #[arg(long, default_value_t = 1500)]
    pace: u32,
    /// What all chance comes from that the conductor makes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fetch every token twice in the storm, which has to fail for it.
    #[arg(long)]
    wasteful: bool,
    /// Tell on standard error of all that happens to tokens, to find out why a storm did not pass.
    #[arg(long)]
    talkative: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StoreKind {
    Redis,
    Sqlite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rotation {
    /// It stays.
    Stable,
    /// It is replaced, and works on for five scaled minutes.
    Grace,
    /// It is replaced and dead at once.
    Strict,
}

impl StoreKind {
    fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Sqlite => "sqlite",
        }
    }
}

impl Rotation {
    /// Its name, which is that of the emulator's variant too.
    fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Grace => "grace",
            Self::Strict => "strict",
        }
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match Cli::parse().role {
        Role::Work { errand, store, at_once } => worker::work(&errand, &store, at_once).await,
        Role::Conduct(plan) => {
            let verdict = conductor::conduct(&plan).await;
            println!("{}", verdict.line());
            if verdict.broken().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
