#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod file;
mod lane;
mod store;
mod table;

pub use store::SqliteStore;
