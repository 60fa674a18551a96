//! The same call without the SDK: what it costs at least, and what others start from.

pub mod hyper;
pub(crate) mod hyper_legacy;
pub mod reqwest;
pub(crate) mod tokio;
