#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check;
mod cluster;
mod connection;
mod dial;
mod failure;
mod keys;
mod options;
mod script;
mod sentinel;
mod servers;
mod store;
#[cfg(feature = "tls")]
mod tls;

pub use check::RedisWarning;
pub use options::RedisOptions;
pub use store::RedisStore;
