//! The binary, run as a person or a script runs it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod book;
mod call;
mod commands;
mod compare;
mod completions;
mod demo;
mod deploy;
mod echo;
mod emu;
mod exits;
mod explain;
mod fleet;
mod help;
#[cfg(unix)]
mod interrupt;
mod nouns;
mod profiles;
#[cfg(unix)]
mod readme;
mod secrets;
mod snapshots;
mod store;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod texts;
