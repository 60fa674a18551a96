//! What a caller can rely on, whatever backend it uses: each behaviour is written once and runs
//! over both.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod behaviour;
mod environment;
mod harness;
mod link;
mod proxy;
mod server;
mod stream;
mod tls;
