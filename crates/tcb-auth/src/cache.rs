//! The tokens that a process has at hand: a bounded map of entries ([`TokenMap`]), the refreshes
//! that are running ([`SingleFlight`]), and the pure function that decides between them
//! ([`classify`](classify::classify)).

mod classify;
mod clocks;
mod entry;
mod map;
mod policy;
mod single_flight;

pub use policy::CachePolicy;

pub(crate) use classify::{Decision, Now, Tick};
pub(crate) use clocks::Clocks;
pub(crate) use entry::{CachedToken, Entry, Refreshed};
pub(crate) use map::TokenMap;
pub(crate) use single_flight::{SingleFlight, TokenResult, Waiter};
