//! Deployments against the emulator, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod crash;
mod function;
mod merchant;
mod stage;
mod waits;
