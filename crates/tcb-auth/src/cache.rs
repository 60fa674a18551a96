//! The tokens that a process has at hand: a bounded map ([`Shelf`]), the refreshes that are on ([`Flights`]), and the pure function that
//! decides between them ([`classify`](classify::classify)).

mod classify;
mod flights;
mod policy;
mod shelf;

pub use policy::CachePolicy;

pub(crate) use classify::{Decision, Lease, Now};
pub(crate) use flights::{Flight, Flights, Outcome};
pub(crate) use shelf::{Cached, Failure, Shelf, Slot};
