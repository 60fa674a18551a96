#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache;
mod error;
mod exchange;
mod file;
mod link;
#[cfg(feature = "mock")]
mod mock;
mod platform;
mod source;

pub use cache::CachePolicy;
pub use error::{AuthError, AuthErrorKind};
pub use exchange::{ExchangeError, ReadAnswer, attempt, exchange, prepare};
pub use file::CloudbaseTokenFile;
pub use link::{AccountKinds, AuthorizationLink};
#[cfg(feature = "mock")]
pub use mock::{MockTokenSource, TestClock};
pub use platform::{AuthorizerToken, ComponentToken, NoTransport, PlatformTokens, PlatformTokensBuilder};
pub use source::{AccessToken, StaticToken, TokenSource};
