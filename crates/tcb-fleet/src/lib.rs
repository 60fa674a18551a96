#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod budget;
mod condition;
mod error;
mod fleet;
mod journal;
mod judge;
mod ledger;
mod list;
mod merchant;
mod pass;
mod record;
mod release;
mod report;
mod runner;
mod wave;

pub use budget::{Budget, Budgeted, Limits};
pub use condition::{Condition, Kind, State};
pub use error::FleetError;
pub use fleet::{Change, Choice, Fleet, Settings, View};
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use journal::PostgresJournal;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use journal::SqliteJournal;
pub use journal::{Body, Entry, Journal, JournalError, MemoryJournal, Swap, Table, Version};
pub use list::{Listed, MerchantList};
pub use merchant::{Lease, Merchant, Standing};
pub use release::Release;
pub use report::Counts;
pub use runner::{Ended, Event, Refresh, Runner, Summary, Watch};
pub use wave::{Brake, Open, Waves};
