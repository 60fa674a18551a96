//! Deployments against the emulator, without sockets and in time that is paused.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod crash;
mod function;
mod merchant;
mod stage;
mod waits;
