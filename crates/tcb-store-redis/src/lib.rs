#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check;
mod connection;
mod failure;
mod keys;
mod options;
mod script;
mod store;
#[cfg(feature = "tls")]
mod tls;

pub use check::RedisWarning;
pub use options::RedisOptions;
pub use store::RedisStore;
