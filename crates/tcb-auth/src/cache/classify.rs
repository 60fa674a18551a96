use std::time::{Duration, Instant, SystemTime};

/// A moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) monotonic: Instant,
    pub(crate) wall: SystemTime,
}

/// The times of a token at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// It is over when either clock has passed its deadline: the monotonic one stands still while
    /// the machine sleeps, the wall clock may be set back.
    pub(crate) monotonic_deadline: Instant,
    pub(crate) wall_deadline: SystemTime,
    /// Refresh in the background when less than this is left.
    pub(crate) refresh_ahead: Duration,
    /// Let callers wait when less than this is left.
    pub(crate) mandatory: Duration,
    /// Compare with the store from here on.
    pub(crate) verify_at: Instant,
    /// It may not be WeChat's newest: replace it from here on.
    pub(crate) replace_at: Option<Instant>,
    /// The store failed when it was asked last, so nobody waits for it while the token is good.
    pub(crate) store_failed: bool,
    /// The server refused it.
    pub(crate) rejected: bool,
}

impl Times {
    pub(crate) fn left(&self, now: Now) -> Duration {
        let monotonic = self.monotonic_deadline.saturating_duration_since(now.monotonic);
        let wall = self.wall_deadline.duration_since(now.wall).unwrap_or_default();
        monotonic.min(wall)
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
pub(crate) fn classify(times: Option<&Times>, paused_until: Option<Instant>, now: Now) -> Decision {
    let paused = paused_until.is_some_and(|until| now.monotonic < until);
    let usable = times.filter(|times| !times.rejected).map(|times| (times, times.left(now)));
    let Some((times, left)) = usable.filter(|(_, left)| !left.is_zero()) else {
        return if paused { Decision::Fail } else { Decision::Wait };
    };
    if left <= times.mandatory && !paused {
        return if times.store_failed { Decision::ServeAndRefresh } else { Decision::WaitOrServe };
    }
    if now.monotonic >= times.verify_at {
        return if times.store_failed { Decision::ServeAndVerify } else { Decision::Verify };
    }
    let due = left <= times.refresh_ahead || times.replace_at.is_some_and(|at| now.monotonic >= at);
    if due && !paused { Decision::ServeAndRefresh } else { Decision::Serve }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn start() -> Now {
        use tcb_types::{Clock, SystemClock};
        Now {
            monotonic: SystemClock.monotonic() + 1000 * MINUTE,
            wall: SystemTime::UNIX_EPOCH + 1_000_000 * MINUTE,
        }
    }

    fn times(now: Now, left: Duration) -> Times {
        Times {
            monotonic_deadline: now.monotonic + left,
            wall_deadline: now.wall + left,
            refresh_ahead: 15 * MINUTE,
            mandatory: 2 * MINUTE,
            verify_at: now.monotonic + MINUTE,
            replace_at: None,
            store_failed: false,
            rejected: false,
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
            assert_eq!(classify(Some(&times), Some(now.monotonic + MINUTE), now), paused, "{left:?}");
            assert_eq!(
                classify(Some(&times), Some(now.monotonic), now),
                free,
                "a pause that is over: {left:?}"
            );
        }
        assert_eq!(classify(None, None, now), Decision::Wait);
        assert_eq!(classify(None, Some(now.monotonic + MINUTE), now), Decision::Fail);
    }

    #[test]
    fn a_token_is_compared_with_the_store_before_it_is_refreshed() {
        let now = start();
        let stale = |left| Times { verify_at: now.monotonic, ..times(now, left) };
        assert_eq!(classify(Some(&stale(120 * MINUTE)), None, now), Decision::Verify);
        assert_eq!(classify(Some(&stale(10 * MINUTE)), None, now), Decision::Verify);
        assert_eq!(classify(Some(&stale(120 * MINUTE)), Some(now.monotonic + MINUTE), now), Decision::Verify);
        assert_eq!(classify(Some(&stale(MINUTE)), None, now), Decision::WaitOrServe);
    }

    #[test]
    fn nobody_waits_for_a_store_that_failed_while_the_token_is_good() {
        let now = start();
        let failed = |left| Times { verify_at: now.monotonic, store_failed: true, ..times(now, left) };
        assert_eq!(classify(Some(&failed(120 * MINUTE)), None, now), Decision::ServeAndVerify);
        assert_eq!(classify(Some(&failed(MINUTE)), None, now), Decision::ServeAndRefresh);
        assert_eq!(classify(Some(&failed(Duration::ZERO)), None, now), Decision::Wait);
    }

    #[test]
    fn a_contested_token_is_replaced_in_time() {
        let now = start();
        let contested = |at| Times { replace_at: Some(at), ..times(now, 120 * MINUTE) };
        assert_eq!(classify(Some(&contested(now.monotonic + MINUTE)), None, now), Decision::Serve);
        assert_eq!(classify(Some(&contested(now.monotonic)), None, now), Decision::ServeAndRefresh);
    }

    #[test]
    fn a_rejected_token_is_as_good_as_none() {
        let now = start();
        let times = Times { rejected: true, ..times(now, 120 * MINUTE) };
        assert_eq!(classify(Some(&times), None, now), Decision::Wait);
        assert_eq!(classify(Some(&times), Some(now.monotonic + MINUTE), now), Decision::Fail);
    }

    #[test]
    fn either_clock_ends_a_token() {
        let now = start();
        let slept = Now { wall: now.wall + 121 * MINUTE, ..now };
        assert_eq!(classify(Some(&times(now, 120 * MINUTE)), None, slept), Decision::Wait);
        let set_back = Now { monotonic: now.monotonic + 121 * MINUTE, wall: now.wall - 5000 * MINUTE };
        assert_eq!(classify(Some(&times(now, 120 * MINUTE)), None, set_back), Decision::Wait);
    }

    /// A moment up to a hundred years before or after `base`.
    fn around(base: Now) -> impl Strategy<Value = Now> {
        const CENTURY: i64 = 100 * 365 * 86_400;
        (-CENTURY..CENTURY, -CENTURY..CENTURY).prop_map(move |(monotonic, wall)| {
            let shift = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
            Now {
                monotonic: if monotonic < 0 {
                    base.monotonic.checked_sub(shift(monotonic)).unwrap_or(base.monotonic)
                } else {
                    base.monotonic + shift(monotonic)
                },
                wall: if wall < 0 {
                    base.wall - shift(wall).min(MINUTE * 1_000_000)
                } else {
                    base.wall + shift(wall)
                },
            }
        })
    }

    proptest! {
        // The long form asks for more by PROPTEST_CASES.
        #[test]
        fn every_state_has_a_decision_and_no_dead_token_is_served(
            deadline in around(start()),
            now in around(start()),
            verify in around(start()),
            replace in proptest::option::of(around(start())),
            paused in proptest::option::of(around(start())),
            store_failed: bool,
            rejected: bool,
            present: bool,
        ) {
            let times = Times {
                monotonic_deadline: deadline.monotonic,
                wall_deadline: deadline.wall,
                refresh_ahead: 15 * MINUTE,
                mandatory: 2 * MINUTE,
                verify_at: verify.monotonic,
                replace_at: replace.map(|at| at.monotonic),
                store_failed,
                rejected,
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
            if store_failed && !dead {
                let waits = matches!(decision, Decision::Verify | Decision::WaitOrServe);
                prop_assert!(!waits, "nobody waits for a store that failed");
            }
        }
    }
}
