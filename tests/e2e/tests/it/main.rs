//! The SDK against the emulator, over both backends.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod corpora;
mod fault_matrix;
mod faults;
mod links;
mod metrics;
mod operations;
mod plug_ins;
mod release_check;
mod secrets;
mod story;
mod surface;
mod tokens;
