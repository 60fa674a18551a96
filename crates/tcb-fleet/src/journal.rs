//! The durable record of a fleet.

mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tcb_api::async_trait;

pub use memory::MemoryJournal;
#[cfg(feature = "postgres")]
pub use postgres::PostgresJournal;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteJournal;

/// What kind of record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum Table {
    /// The settings of the fleet: one record, with an empty key.
    Fleet = 0,
    /// A merchant, by its appid.
    Merchant = 1,
    /// A blueprint, by its digest.
    Release = 2,
    /// A package, by its digest.
    Package = 3,
}

impl Table {
    /// The number that stands for it in a database.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn number(self) -> i16 {
        self as i16
    }
}

/// The version of a record, which counts up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// The content of a record.
pub type Body = Arc<[u8]>;

/// Something that happened to a merchant. Entries are only added. None holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Entry {
    /// When, in Unix seconds.
    pub at: u64,
    /// The appid.
    pub merchant: String,
    /// The generation that the merchant was brought to.
    pub generation: String,
    /// `begun` or `done` for a step, `settling` for a create of an earlier run, `ended` for a
    /// pass.
    pub event: String,
    /// The step, in words; for `ended` what became of the pass.
    pub what: String,
    /// WeChat's id of the request, where there was one that failed.
    pub rid: Option<String>,
}

/// Where the state of a fleet is kept: records that are swapped by their versions, and entries that
/// are only added. All else (leases, notes, waves) is made of these.
///
/// Several processes may use one journal, if it says so.
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync {
    /// Reads a record.
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError>;

    /// Reads all records of a kind, in any order.
    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError>;

    /// Writes a record if its version is `expected`, `None` for one that must not be there, and
    /// adds the entries; durably, both or neither. Returns the new version, or `None` when the
    /// record has another one and nothing was written.
    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError>;

    /// Reads the last `limit` entries, of one merchant or of all, oldest first.
    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError>;
}

/// What [`Journal::swap`] writes.
#[derive(Clone, Debug)]
pub struct Swap {
    /// The kind of the record.
    pub table: Table,
    /// Its key.
    pub key: String,
    /// The version that it has to have.
    pub expected: Option<Version>,
    /// What it is to hold.
    pub body: Body,
    /// What happened.
    pub entries: Vec<Entry>,
}

#[async_trait]
impl<J: Journal + ?Sized> Journal for Arc<J> {
    async fn load(&self, table: Table, key: &str) -> Result<Option<(Version, Body)>, JournalError> {
        (**self).load(table, key).await
    }

    async fn list(&self, table: Table) -> Result<Vec<(String, Version, Body)>, JournalError> {
        (**self).list(table).await
    }

    async fn swap(&self, swap: Swap) -> Result<Option<Version>, JournalError> {
        (**self).swap(swap).await
    }

    async fn entries(&self, merchant: Option<&str>, limit: usize) -> Result<Vec<Entry>, JournalError> {
        (**self).entries(merchant, limit).await
    }
}

/// A journal that could not be read or written.
#[derive(Debug)]
pub struct JournalError(Box<dyn StdError + Send + Sync>);

impl JournalError {
    /// An error of whatever keeps the journal.
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the journal cannot be read or written: {}", self.0)
    }
}

impl StdError for JournalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
