//! The same call without the SDK: what it costs at least, and what others start from.

pub(crate) mod hyper;
pub(crate) mod hyper_legacy;
pub(crate) mod reqwest;
pub(crate) mod tokio;
