//! The client without a socket.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod creates;
mod errors;
mod events;
mod handles;
mod links;
mod operations;
mod pager;
mod retry;
mod scripted;
mod secrets;
mod settle;
mod token_policy;
mod wait;
