#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod budget;
mod build;
mod call;
mod client;
mod error;
pub mod handles;
mod links;
mod pager;
mod platform;
mod raw;
mod retry;
mod settle;
#[cfg_attr(not(feature = "metrics"), path = "no_telemetry.rs")]
mod telemetry;
pub mod wait;

pub use budget::Repeats;
pub use build::{BuildError, BuildErrorKind};
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind, Indeterminate, StorageRefusal};
pub use links::{Content, Download, Links, Progress};
pub use pager::{Paged, Pager};
pub use platform::{Platform, PlatformBuilder};
pub use raw::RawCall;
pub use retry::RetryPolicy;
pub use settle::{Probe, Settled};

pub use tcb_auth as auth;
pub use tcb_transport as transport;
pub use tcb_types as types;

pub use tcb_auth::{StaticToken, async_trait};
pub use tcb_types::RawResponse;
pub use tcb_types::cloudbase_common::{
    CreateCloudUser, CreateEnv, CreateFunction, GetTokenPolicy, SetTokenPolicy,
};
pub use tcb_types::open_account::CreateOpenAccount;
