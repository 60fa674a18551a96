use std::time::{Duration, Instant, SystemTime};

/// A moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) monotonic: Instant,
    pub(crate) wall: SystemTime,
}

/// The times of a cached token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    /// It is over when either clock has passed its deadline: the monotonic one stands still while the machine sleeps, the wall clock
    /// may be set back.
    pub(crate) monotonic_deadline: Instant,
    pub(crate) wall_deadline: SystemTime,
    /// Refresh in the background when less than this is left.
    pub(crate) refresh_ahead: Duration,
    /// Let callers wait when less than this is left.
    pub(crate) mandatory: Duration,
    /// The server refused it.
    pub(crate) rejected: bool,
}

impl Lease {
    fn left(&self, now: Now) -> Duration {
        let monotonic = self.monotonic_deadline.saturating_duration_since(now.monotonic);
        let wall = self.wall_deadline.duration_since(now.wall).unwrap_or_default();
        monotonic.min(wall)
    }
}

/// What to do for a caller who wants a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Hand out the cached token.
    Serve,
    /// Hand it out and start a refresh in the background.
    ServeAndRefresh,
    /// Wait for a refresh; if it fails, the cached token is still good.
    WaitOrServe,
    /// Wait for a refresh; there is nothing to fall back on.
    Wait,
    /// A refresh failed a moment ago: answer its error at once.
    Fail,
}

/// Decides from the cached token, if any, and the end of the pause after a failed refresh, if one is on.
pub(crate) fn classify(lease: Option<&Lease>, paused_until: Option<Instant>, now: Now) -> Decision {
    let paused = paused_until.is_some_and(|until| now.monotonic < until);
    let usable = lease.filter(|lease| !lease.rejected).map(|lease| (lease, lease.left(now)));
    let Some((lease, left)) = usable.filter(|(_, left)| !left.is_zero()) else {
        return if paused { Decision::Fail } else { Decision::Wait };
    };
    match left {
        _ if paused => Decision::Serve,
        left if left <= lease.mandatory => Decision::WaitOrServe,
        left if left <= lease.refresh_ahead => Decision::ServeAndRefresh,
        _ => Decision::Serve,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn start() -> Now {
        use tcb_types::{Clock, SystemClock};
        Now {
            monotonic: SystemClock.monotonic() + 1000 * MINUTE,
            wall: SystemTime::UNIX_EPOCH + 1_000_000 * MINUTE,
        }
    }

    fn lease(now: Now, left: Duration) -> Lease {
        Lease {
            monotonic_deadline: now.monotonic + left,
            wall_deadline: now.wall + left,
            refresh_ahead: 15 * MINUTE,
            mandatory: 2 * MINUTE,
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
            let lease = lease(now, left);
            assert_eq!(classify(Some(&lease), None, now), free, "{left:?}");
            assert_eq!(classify(Some(&lease), Some(now.monotonic + MINUTE), now), paused, "{left:?}");
            assert_eq!(
                classify(Some(&lease), Some(now.monotonic), now),
                free,
                "a pause that is over: {left:?}"
            );
        }
        assert_eq!(classify(None, None, now), Decision::Wait);
        assert_eq!(classify(None, Some(now.monotonic + MINUTE), now), Decision::Fail);
    }

    #[test]
    fn a_rejected_token_is_as_good_as_none() {
        let now = start();
        let lease = Lease { rejected: true, ..lease(now, 120 * MINUTE) };
        assert_eq!(classify(Some(&lease), None, now), Decision::Wait);
        assert_eq!(classify(Some(&lease), Some(now.monotonic + MINUTE), now), Decision::Fail);
    }

    #[test]
    fn either_clock_ends_a_token() {
        let now = start();
        let slept = Now { wall: now.wall + 121 * MINUTE, ..now };
        assert_eq!(classify(Some(&lease(now, 120 * MINUTE)), None, slept), Decision::Wait);
        let set_back = Now { monotonic: now.monotonic + 121 * MINUTE, wall: now.wall - 5000 * MINUTE };
        assert_eq!(classify(Some(&lease(now, 120 * MINUTE)), None, set_back), Decision::Wait);
    }
}
