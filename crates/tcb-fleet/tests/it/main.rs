//! A fleet over the emulator.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod fleet;
mod journal;
mod search;
mod stage;
