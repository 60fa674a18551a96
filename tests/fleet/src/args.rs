//! What the processes of a storm are told.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use tcb_fleet::{Journal, PostgresJournal, SqliteJournal};

#[derive(Debug, clap::Args)]
pub(crate) struct Drive {
    /// Where the journal is.
    #[arg(long, value_enum, default_value = "sqlite")]
    pub(crate) journal: Kind,
    /// How many merchants there are.
    #[arg(long, default_value_t = 60)]
    pub(crate) merchants: usize,
    /// For how long things go wrong.
    #[arg(long, default_value_t = 15)]
    pub(crate) seconds: u64,
    /// What all that is random is made from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        if self == Self::Sqlite { "sqlite" } else { "postgres" }
    }

    /// How many processes work over it.
    pub(crate) fn workers(self) -> usize {
        if self == Self::Sqlite { 2 } else { 3 }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Worker {
    /// The emulator.
    #[arg(long)]
    pub(crate) base_url: String,
    /// The platform.
    #[arg(long)]
    pub(crate) app_id: String,
    /// Its secret, which is worth nothing elsewhere.
    #[arg(long)]
    pub(crate) component: String,
    /// A path, or the address of a database.
    #[arg(long)]
    pub(crate) journal: String,
    /// With `tokens.db`, `merchants.csv` and `offset`.
    #[arg(long)]
    pub(crate) folder: PathBuf,
}

pub(crate) async fn journal(place: &str) -> Arc<dyn Journal> {
    if place.starts_with("postgres://") {
        return Arc::new(PostgresJournal::connect(place).await.unwrap());
    }
    Arc::new(SqliteJournal::open(place).unwrap())
}
