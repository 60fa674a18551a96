#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check;
mod connections;
mod failure;
mod options;
mod schema;
mod store;

pub use check::PostgresWarning;
pub use options::PostgresOptions;
pub use store::PostgresStore;
