//! The client without a socket.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod operations;
mod retry;
mod scripted;
mod secrets;
mod settle;
mod token_policy;
