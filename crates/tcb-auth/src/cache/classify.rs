use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

use tcb_types::Moment;

/// A moment, in whole milliseconds: of the monotonic clock since the first reading, of the wall
/// clock since the Unix epoch. It takes half the room of the standard library's, and many tokens
/// are at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(NonZeroU64);

impl Tick {
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(millis))
    }

    const fn later_by_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    pub(super) const fn millis_since(self, earlier: Self) -> u64 {
        self.0.get().saturating_sub(earlier.0.get())
    }
}

impl Moment for Tick {
    fn later_by(self, span: Duration) -> Self {
        self.later_by_millis(millis(span))
    }
}

impl From<SystemTime> for Tick {
    fn from(time: SystemTime) -> Self {
        Self::from_millis(millis(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
    }
}

/// Whole milliseconds; as many as fit.
fn millis(span: Duration) -> u64 {
    span.as_secs().saturating_mul(1000).saturating_add(span.subsec_millis().into())
}

/// A moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) monotonic: Tick,
    pub(crate) wall: Tick,
}

/// The times of a token at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// It is over when either clock has passed its deadline: the monotonic one stands still while
    /// the machine sleeps, the wall clock may be set back.
    pub(crate) monotonic_deadline: Tick,
    pub(crate) wall_deadline: Tick,
    /// Refresh in the background when less than this is left, in milliseconds.
    pub(crate) refresh_ahead: u32,
    /// Let callers wait when less than this is left, in milliseconds.
    pub(crate) mandatory: u32,
    /// Compare with the store from here on.
    pub(crate) verify_at: Tick,
    /// Let callers wait for that when less than this is left, in milliseconds.
    pub(crate) wait_ahead: u32,
    /// It may not be WeChat's newest: replace it from here on.
    pub(crate) replace_at: Option<Tick>,
    /// The store failed when it was asked last, so nobody waits for it while the token is good.
    pub(crate) store_failed: bool,
    /// The server refused it.
    pub(crate) rejected: bool,
    /// It is not in the store yet, so it can neither be compared with it nor forgotten.
    pub(crate) unsaved: bool,
}

impl Times {
    /// How much is left by either clock, in milliseconds.
    pub(super) fn millis_left(&self, now: Now) -> (u64, u64) {
        let monotonic = self.monotonic_deadline.millis_since(now.monotonic);
        (monotonic, self.wall_deadline.millis_since(now.wall))
    }
}

/// What to do for a caller who wants a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Hand out the token at hand.
    Serve,
    /// Compare it with the store; if that fails, it is still good.
    Verify,
    /// Hand it out and compare it with the store in the background.
    ServeAndVerify,
    /// Hand it out and start a refresh in the background.
    ServeAndRefresh,
    /// Wait for a refresh; if it fails, the token at hand is still good.
    WaitOrServe,
    /// Wait for a refresh; there is nothing to fall back on.
    Wait,
    /// A refresh failed a moment ago: answer its error at once.
    Fail,
}

/// Decides from the token at hand, if any, and the end of the pause after a failed refresh, if one
/// is on.
///
/// A token that was compared with the store within the last minutes is handed out at once although
/// another comparison is due: if another process has replaced it since then, WeChat lets it work on
/// for longer than that.
pub(crate) fn classify(times: Option<&Times>, paused_until: Option<Tick>, now: Now) -> Decision {
    let paused = paused_until.is_some_and(|until| now.monotonic < until);
    let usable = times.filter(|times| !times.rejected);
    let Some((times, (by_monotonic, by_wall))) = usable.map(|times| (times, times.millis_left(now))) else {
        return if paused { Decision::Fail } else { Decision::Wait };
    };
    let left = by_monotonic.min(by_wall);
    if left == 0 {
        return if paused { Decision::Fail } else { Decision::Wait };
    }
    if left <= times.mandatory.into() && !paused {
        return if times.store_failed { Decision::ServeAndRefresh } else { Decision::WaitOrServe };
    }
    let due = left <= times.refresh_ahead.into() || times.replace_at.is_some_and(|at| now.monotonic >= at);
    let refresh = due && !paused;
    // What the machine has slept counts as well: another process may not have.
    let awake = now.monotonic.later_by_millis(by_monotonic.saturating_sub(by_wall));
    let waits = times.monotonic_deadline.millis_since(awake) <= times.wait_ahead.into();
    match (awake >= times.verify_at && !times.unsaved, times.store_failed) {
        (true, false) if waits => Decision::Verify,
        // A refresh looks into the store first.
        (true, false) | (false, _) if refresh => Decision::ServeAndRefresh,
        (true, _) => Decision::ServeAndVerify,
        (false, _) => Decision::Serve,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn start() -> Now {
        Now { monotonic: Tick::from_millis(60_000_000), wall: Tick::from_millis(60_000_000_000) }
    }

    fn times(now: Now, left: Duration) -> Times {
        Times {
            monotonic_deadline: now.monotonic.later_by(left),
            wall_deadline: now.wall.later_by(left),
            refresh_ahead: 900_000,
            mandatory: 120_000,
            verify_at: now.monotonic.later_by(MINUTE),
            wait_ahead: u32::try_from(left.saturating_sub(4 * MINUTE).as_millis()).unwrap(),
            replace_at: None,
            store_failed: false,
            rejected: false,
            unsaved: false,
        }
    }

    #[test]
    fn the_decision_follows_from_what_is_left() {
        let now = start();
        for (left, free, paused) in [
            (120 * MINUTE, Decision::Serve, Decision::Serve),
            (15 * MINUTE, Decision::ServeAndRefresh, Decision::Serve),
            (2 * MINUTE, Decision::WaitOrServe, Decision::Serve),
            (Duration::ZERO, Decision::Wait, Decision::Fail),
        ] {
            let times = times(now, left);
            assert_eq!(classify(Some(&times), None, now), free, "{left:?}");
            assert_eq!(classify(Some(&times), Some(now.monotonic.later_by(MINUTE)), now), paused, "{left:?}");
            assert_eq!(
                classify(Some(&times), Some(now.monotonic), now),
                free,
                "a pause that is over: {left:?}"
            );
        }
        assert_eq!(classify(None, None, now), Decision::Wait);
        assert_eq!(classify(None, Some(now.monotonic.later_by(MINUTE)), now), Decision::Fail);
    }

    #[test]
    fn a_token_is_compared_with_the_store_before_it_is_refreshed() {
        let now = start();
        let stale = |left| Times { verify_at: now.monotonic, wait_ahead: u32::MAX, ..times(now, left) };
        assert_eq!(classify(Some(&stale(120 * MINUTE)), None, now), Decision::Verify);
        assert_eq!(classify(Some(&stale(10 * MINUTE)), None, now), Decision::Verify);
        assert_eq!(
            classify(Some(&stale(120 * MINUTE)), Some(now.monotonic.later_by(MINUTE)), now),
            Decision::Verify
        );
        assert_eq!(classify(Some(&stale(MINUTE)), None, now), Decision::WaitOrServe);
    }

    #[test]
    fn nobody_waits_while_a_token_that_was_replaced_would_still_work() {
        let now = start();
        let stale = |left| Times { verify_at: now.monotonic, ..times(now, left) };
        let paused = Some(now.monotonic.later_by(MINUTE));
        assert_eq!(classify(Some(&stale(120 * MINUTE)), None, now), Decision::ServeAndVerify);
        assert_eq!(classify(Some(&stale(10 * MINUTE)), None, now), Decision::ServeAndRefresh);
        assert_eq!(classify(Some(&stale(10 * MINUTE)), paused, now), Decision::ServeAndVerify);
        assert_eq!(classify(Some(&stale(MINUTE)), None, now), Decision::WaitOrServe);
    }

    #[test]
    fn a_machine_that_has_slept_counts_the_time_since_the_last_comparison_by_the_wall() {
        let now = start();
        let after = |span| Now { wall: now.wall.later_by(span), ..now };
        let times = times(now, 120 * MINUTE);
        assert_eq!(classify(Some(&times), None, after(MINUTE / 2)), Decision::Serve);
        assert_eq!(classify(Some(&times), None, after(MINUTE)), Decision::ServeAndVerify);
        assert_eq!(classify(Some(&times), None, after(4 * MINUTE)), Decision::Verify);
    }

    #[test]
    fn nobody_waits_for_a_store_that_failed_while_the_token_is_good() {
        let now = start();
        let failed = |left| Times {
            verify_at: now.monotonic,
            wait_ahead: u32::MAX,
            store_failed: true,
            ..times(now, left)
        };
        assert_eq!(classify(Some(&failed(120 * MINUTE)), None, now), Decision::ServeAndVerify);
        assert_eq!(classify(Some(&failed(MINUTE)), None, now), Decision::ServeAndRefresh);
        assert_eq!(classify(Some(&failed(Duration::ZERO)), None, now), Decision::Wait);
    }

    #[test]
    fn a_contested_token_is_replaced_in_time() {
        let now = start();
        let contested = |at| Times { replace_at: Some(at), ..times(now, 120 * MINUTE) };
        assert_eq!(classify(Some(&contested(now.monotonic.later_by(MINUTE))), None, now), Decision::Serve);
        assert_eq!(classify(Some(&contested(now.monotonic)), None, now), Decision::ServeAndRefresh);
    }

    #[test]
    fn a_rejected_token_is_as_good_as_none() {
        let now = start();
        let times = Times { rejected: true, ..times(now, 120 * MINUTE) };
        assert_eq!(classify(Some(&times), None, now), Decision::Wait);
        assert_eq!(classify(Some(&times), Some(now.monotonic.later_by(MINUTE)), now), Decision::Fail);
    }

    #[test]
    fn either_clock_ends_a_token() {
        let now = start();
        let slept = Now { wall: now.wall.later_by(121 * MINUTE), ..now };
        assert_eq!(classify(Some(&times(now, 120 * MINUTE)), None, slept), Decision::Wait);
        let set_back = Now { monotonic: now.monotonic.later_by(121 * MINUTE), wall: Tick::from_millis(0) };
        assert_eq!(classify(Some(&times(now, 120 * MINUTE)), None, set_back), Decision::Wait);
    }

    /// A moment up to a hundred years before or after `base`, as far as there is one.
    fn around(base: Now) -> impl Strategy<Value = Now> {
        const CENTURY: i64 = 100 * 365 * 86_400 * 1000;
        (-CENTURY..CENTURY, -CENTURY..CENTURY).prop_map(move |(monotonic, wall)| {
            let shifted = |tick: Tick, by| Tick::from_millis((tick.0.get() - 1).saturating_add_signed(by));
            Now { monotonic: shifted(base.monotonic, monotonic), wall: shifted(base.wall, wall) }
        })
    }

    proptest! {
        // The long form asks for more by PROPTEST_CASES.
        #[test]
        fn every_state_has_a_decision_and_no_dead_token_is_served(
            deadline in around(start()),
            now in around(start()),
            verify in around(start()),
            wait_ahead: u32,
            replace in proptest::option::of(around(start())),
            paused in proptest::option::of(around(start())),
            store_failed: bool,
            rejected: bool,
            unsaved: bool,
            present: bool,
        ) {
            let times = Times {
                monotonic_deadline: deadline.monotonic,
                wall_deadline: deadline.wall,
                refresh_ahead: 900_000,
                mandatory: 120_000,
                verify_at: verify.monotonic,
                wait_ahead,
                replace_at: replace.map(|at| at.monotonic),
                store_failed,
                rejected,
                unsaved,
            };
            let decision = classify(present.then_some(&times), paused.map(|at| at.monotonic), now);
            let dead = !present || rejected || now.monotonic >= deadline.monotonic || now.wall >= deadline.wall;
            let pausing = paused.is_some_and(|at| now.monotonic < at.monotonic);
            let expected_dead = if pausing { Decision::Fail } else { Decision::Wait };
            if dead {
                prop_assert_eq!(decision, expected_dead);
            } else {
                prop_assert!(!matches!(decision, Decision::Wait | Decision::Fail));
            }
            if pausing {
                let refreshes = matches!(
                    decision,
                    Decision::Wait | Decision::WaitOrServe | Decision::ServeAndRefresh
                );
                prop_assert!(!refreshes, "no refresh in a pause");
            }
            if unsaved && !dead {
                prop_assert!(!matches!(decision, Decision::Verify | Decision::ServeAndVerify));
            }
            if store_failed && !dead {
                let waits = matches!(decision, Decision::Verify | Decision::WaitOrServe);
                prop_assert!(!waits, "nobody waits for a store that failed");
            }
        }
    }
}
