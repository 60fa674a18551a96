//! Token sources against a WeChat of a few lines, in paused time.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends at the first surprise")]

mod bursts;
mod cached_source;
mod cancellation;
mod cipher;
mod file;
mod formats;
mod maintain;
mod platform;
mod properties;
mod queue;
mod races;
mod scenarios;
mod secrets;
mod wechat;
mod world;
