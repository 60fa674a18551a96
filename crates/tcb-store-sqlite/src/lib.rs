#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod error;
mod file;
mod pool;
mod store;
mod table;
mod time;
mod writer;

pub use store::SqliteStore;
