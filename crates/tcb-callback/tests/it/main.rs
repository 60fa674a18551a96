//! Tests of the crate from outside, over real payloads.
#![cfg(feature = "crypto")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

#[cfg(feature = "auth")]
mod auth;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "events")]
mod crypto;
#[cfg(feature = "events")]
mod events;
#[cfg(feature = "events")]
mod receiver;
#[cfg(feature = "events")]
mod replay;
#[cfg(feature = "events")]
mod service;
mod vectors;
