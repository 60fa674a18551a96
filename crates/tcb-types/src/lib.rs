// The README is about the operations, so it is the crate's page where they are there.
#![cfg_attr(all(feature = "operations", feature = "token-chain"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "operations", feature = "token-chain")),
    doc = "Models, ids, secrets and errors of WeChat cloud development for service providers."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

// The modules with macros come first; the macros make ids, secrets, setters and families, here and
// in the modules of the families.
#[macro_use]
mod family;
#[macro_use]
mod id;
#[macro_use]
mod secret;
#[cfg(feature = "operations")]
#[macro_use]
mod setters;

#[cfg(feature = "operations")]
mod base64_bytes;
mod clock;
mod errcode;
#[cfg(feature = "operations")]
mod json_text;
mod lenient;
#[cfg(feature = "operations")]
mod link;
mod operation;
#[cfg(feature = "operations")]
mod outcome;
#[cfg(feature = "operations")]
mod partial;
mod required;
mod response;
mod scrub;
mod specs;
mod text;
mod wire;

#[cfg(feature = "operations")]
pub mod api_management;
#[cfg(feature = "token-chain")]
pub mod authorization;
#[cfg(feature = "operations")]
mod cloudbase;
#[cfg(feature = "operations")]
pub mod cloudbase_batch;
#[cfg(feature = "operations")]
pub mod cloudbase_common;
#[cfg(feature = "operations")]
pub mod open_account;
pub mod permission;
#[cfg(feature = "schema")]
pub mod registry;

#[cfg(feature = "operations")]
pub use base64_bytes::Base64Bytes;
pub use clock::{Clock, Moment, SystemClock, scaled};
pub use errcode::{ErrCode, Reaction};
pub use id::{
    AppId, AuthorizerAppId, CollectionName, ComponentAppId, EnvId, FileId, FunctionName, MerchantCode,
    OpenAppId, OpenId, RequestId,
};
#[cfg(feature = "operations")]
pub use id::{JobId, PressureTestId};
#[cfg(feature = "operations")]
pub use json_text::JsonText;
#[cfg(feature = "operations")]
pub use link::{DownloadLink, FormUpload, PutUpload, UploadLink};
pub use operation::{
    Class, EncodeError, EncodeErrorKind, Method, Operation, OperationSpec, TokenKind, TokenKinds,
};
#[cfg(feature = "operations")]
pub use partial::{Incomplete, Partial};
pub use response::{
    ApiError, DecodeError, DecodeErrorKind, RawResponse, ResponseError, read_raw_response, read_response,
};
pub use scrub::Scrubber;
pub use secret::{
    AccessTokenValue, AppSecret, AuthorizationCode, ComponentSecret, PreAuthCode, RefreshToken, Secret,
    VerifyTicket,
};
pub use specs::specs;
