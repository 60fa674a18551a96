// The README shows all features, so it is the crate's page where all are on.
#![cfg_attr(all(feature = "auth", feature = "axum"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "auth", feature = "axum")),
    doc = "What WeChat pushes to a third-party platform."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

#[cfg(feature = "events")]
mod answer;
#[cfg(feature = "auth")]
mod auth;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "crypto")]
mod crypto;
#[cfg(feature = "crypto")]
mod error;
#[cfg(feature = "events")]
mod event;
#[cfg(feature = "events")]
mod message;
#[cfg(feature = "events")]
mod query;
#[cfg(feature = "events")]
mod receiver;
#[cfg(feature = "crypto")]
mod release_account;
#[cfg(feature = "events")]
mod release_test;
#[cfg(feature = "events")]
mod seen;
#[cfg(feature = "events")]
mod service;
#[cfg(feature = "events")]
mod sink;
#[cfg(feature = "events")]
mod xml;

#[cfg(feature = "events")]
pub use answer::HttpAnswer;
#[cfg(feature = "crypto")]
pub use crypto::{BodyFormat, EncodingAesKey, KeySlot, MessageCrypto, Opened, Recipient, Sealed, Signature};
#[cfg(feature = "crypto")]
pub use error::{CallbackError, CallbackErrorKind};
#[cfg(feature = "events")]
pub use event::{
    Authorization, EventDetail, FastRegistration, IcpFiling, IcpVerification, PlatformEvent, Registrant,
    TrialRegistration,
};
#[cfg(feature = "events")]
pub use message::Message;
#[cfg(feature = "events")]
pub use query::{CallbackQuery, VerificationQuery};
#[cfg(feature = "events")]
pub use receiver::{Delivery, Received, Receiver, ReplyTo};
#[cfg(feature = "crypto")]
pub use release_account::ReleaseAccount;
#[cfg(feature = "events")]
pub use release_test::{ReleaseMessage, ReleaseTest};
#[cfg(feature = "events")]
pub use service::CallbackService;
#[cfg(feature = "events")]
pub use sink::{EventSink, SinkError};
