//! What the tests of several crates share. It catches nothing itself.
//!
//! Crates name it as a dev-dependency by path alone, which publishing leaves out. Only tests in
//! their `tests` folders use it: a unit test inside of a crate that the kit depends on would see
//! two builds of that crate, with two of each of its types.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test ends at the first surprise")]

#[cfg(unix)]
pub mod browser;
mod clock;
mod log;
mod net;
#[cfg(unix)]
pub mod postgres;
mod program;
pub mod redis;
pub mod store;
mod wire;

pub use clock::HandClock;
pub use log::ProcessLog;
pub use program::signal;
pub use wire::Wire;
