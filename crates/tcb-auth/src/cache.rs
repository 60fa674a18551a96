//! The tokens that a process has at hand: a bounded map ([`Shelf`]), the refreshes that are on ([`Flights`]), and the pure function that
//! decides between them ([`classify`](classify::classify)).

mod classify;
mod flights;
mod policy;
mod shelf;

use std::time::Duration;

pub use policy::CachePolicy;

pub(crate) use classify::{Decision, Lease, Now};
pub(crate) use flights::{Flight, Flights, Outcome};
pub(crate) use shelf::{Cached, Failure, Shelf, Slot};

impl Now {
    /// How long ago `earlier` was, by the clock that says more: one stands still while the machine sleeps, the other may be set back.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        monotonic.max(self.wall.duration_since(earlier.wall).unwrap_or_default())
    }
}
