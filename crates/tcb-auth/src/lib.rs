#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cache;
mod cached_source;
mod error;
mod file;
mod key;
mod link;
#[cfg(feature = "mock")]
mod mock;
mod name;
mod observer;
mod platform;
mod reconciled;
mod source;
mod store;
#[cfg(feature = "conformance")]
pub mod store_conformance;
mod sync;
#[cfg_attr(not(feature = "metrics"), path = "no_telemetry.rs")]
mod telemetry;
mod token;

pub use async_trait::async_trait;
pub use cache::CachePolicy;
pub use cached_source::CachedSource;
pub use error::{AuthError, AuthErrorKind};
pub use file::CloudbaseTokenFile;
pub use key::{CodeDigest, Subject, TokenKey};
pub use link::{AccountKinds, AuthorizationLink};
#[cfg(feature = "mock")]
pub use mock::{MockTokenSource, TestClock};
pub use observer::{MintCause, Observer, RecoveryStep, RefreshCounts, TokenCounters, TokenEvent};
pub use platform::{AuthorizerToken, ComponentToken, NoTransport, PlatformTokens, PlatformTokensBuilder};
pub use reconciled::Reconciled;
pub use source::{StaticToken, TokenSource};
#[cfg(feature = "cipher")]
#[cfg_attr(docsrs, doc(cfg(feature = "cipher")))]
pub use store::Cipher;
pub use store::{
    Encoded, Loaded, MemoryStore, Record, RecordError, StoreError, StoreErrorKind, StoreTime, TokenStore,
    Version,
};
pub use token::AccessToken;
