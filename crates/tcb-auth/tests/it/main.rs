//! Token sources against a WeChat of twenty lines, in paused time.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod file;
mod platform;
mod wechat;
