//! The tokens that a process has at hand: a bounded map ([`Shelf`]), the refreshes that are on ([`Flights`]), and the pure function that
//! decides between them ([`classify`](classify::classify)).

mod classify;
mod flights;
mod policy;
mod shelf;

use std::time::Duration;

use tcb_types::{Moment as _, scaled};

pub use policy::CachePolicy;

pub(crate) use classify::{Decision, Lease, Now};
pub(crate) use flights::{Flight, Flights, Outcome};
pub(crate) use shelf::{Cached, Shelf, Slot};

impl Now {
    /// How long ago `earlier` was, by the clock that says more: one stands still while the machine sleeps, the other may be set back.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        monotonic.max(self.wall.duration_since(earlier.wall).unwrap_or_default())
    }
}

impl Lease {
    /// The times of a token that has so much `left` of its `life` now.
    pub(crate) fn begin(policy: &CachePolicy, now: Now, left: Duration, life: Duration) -> Self {
        let spread = scaled(policy.refresh_spread, fastrand::f64());
        Self {
            monotonic_deadline: now.monotonic.later_by(left),
            wall_deadline: now.wall.later_by(left),
            refresh_ahead: policy.refresh_ahead.saturating_add(spread).min(life / 2),
            mandatory: policy.mandatory.min(life / 4),
            verify_at: now.monotonic.later_by(scaled(policy.verify_after, 0.9 + 0.2 * fastrand::f64())),
            settle_at: None,
            store_failed: false,
            rejected: false,
        }
    }
}
