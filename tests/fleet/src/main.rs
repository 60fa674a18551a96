//! A storm over a fleet: merchants are brought to a blueprint by several processes over one journal,
//! which are killed at random, while answers of creates get lost, calls are refused, quotas run out
//! and administrators agree late or never. In the end each create was executed once.

#![expect(clippy::unwrap_used, reason = "a storm ends at the first surprise")]

mod clock;
mod driver;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use tcb_fleet::{Journal, PostgresJournal, SqliteJournal};

#[derive(Debug, Parser)]
enum Command {
    /// Drives a storm, and prints what became of it as one JSON object.
    Drive(Drive),
    /// Works on a fleet, until it is killed.
    Worker(Worker),
}

#[derive(Debug, clap::Args)]
struct Drive {
    /// Where the journal is.
    #[arg(long, value_enum, default_value = "sqlite")]
    journal: Kind,
    /// How many merchants there are.
    #[arg(long, default_value_t = 60)]
    merchants: usize,
    /// For how long things go wrong.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// What all that is random is made from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    fn name(self) -> &'static str {
        if self == Self::Sqlite { "sqlite" } else { "postgres" }
    }

    /// How many processes work over it.
    fn workers(self) -> usize {
        if self == Self::Sqlite { 2 } else { 3 }
    }
}

#[derive(Debug, clap::Args)]
struct Worker {
    /// The emulator.
    #[arg(long)]
    base_url: String,
    /// The platform.
    #[arg(long)]
    app_id: String,
    /// Its secret, which is worth nothing elsewhere.
    #[arg(long)]
    component: String,
    /// A path, or the address of a database.
    #[arg(long)]
    journal: String,
    /// With `tokens.db`, `merchants.csv` and `offset`.
    #[arg(long)]
    folder: PathBuf,
}

async fn journal(place: &str) -> Arc<dyn Journal> {
    if place.starts_with("postgres://") {
        return Arc::new(PostgresJournal::connect(place).await.unwrap());
    }
    Arc::new(SqliteJournal::open(place).unwrap())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match Command::parse() {
        Command::Drive(args) => driver::drive(&args).await,
        Command::Worker(args) => Box::pin(worker::work(&args)).await,
    }
}
