//! The emulator over real HTTP, as a client sees it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails ends its test")]

mod admin;
mod chain;
mod clock;
mod cloud;
mod fault;
mod local;
mod open_account;
mod push;
mod readme;
mod record;
mod refusal;
mod seeding;
mod storage;
mod support;
