//! The emulator over real HTTP, as a client sees it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails ends its test")]

mod admin;
mod authorization;
mod batch_env;
mod batch_function;
mod callback_config;
mod chain;
mod clock;
mod cloud;
mod console;
mod database;
mod extras;
mod fault;
mod file;
mod function;
mod local;
mod migration;
mod open_account;
mod openapi;
mod push;
mod quota;
mod readme;
mod record;
mod refusal;
mod samples;
mod seeding;
mod sms;
mod snapshot;
mod statement;
mod storage;
mod strict;
mod support;
#[cfg(feature = "tls")]
mod tls;
mod trace;
mod transition;
