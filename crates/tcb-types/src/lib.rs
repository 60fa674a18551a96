#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod clock;
mod errcode;
mod id;
mod operation;
mod scrub;
mod secret;
mod wire;

#[macro_use]
mod family;

#[cfg(feature = "token-chain")]
pub mod authorization;
#[cfg(feature = "operations")]
pub mod cloudbase_common;
#[cfg(feature = "operations")]
pub mod open_account;
#[cfg(feature = "schema")]
pub mod registry;

pub use answer::{AnswerError, ApiError, DecodeError, DecodeErrorKind, read_answer, read_raw_answer};
pub use clock::{Clock, SystemClock};
pub use errcode::{ErrCode, Reaction};
pub use id::{AuthorizerAppId, ComponentAppId, EnvId, FunctionName, OpenAppId};
pub use operation::{
    Class, EncodeError, EncodeErrorKind, Method, Operation, OperationSpec, TokenKind, TokenKinds,
};
pub use scrub::Scrubber;
pub use secret::{
    AccessTokenValue, AuthorizationCode, ComponentSecret, PreAuthCode, RefreshToken, Secret, VerifyTicket,
};
