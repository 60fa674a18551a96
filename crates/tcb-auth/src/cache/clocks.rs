use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tcb_types::{Clock, Moment as _};

use super::classify::{Now, Tick};

/// Reads the clocks.
#[derive(Debug)]
pub(crate) struct Clocks {
    clock: Arc<dyn Clock>,
    /// What monotonic moments are counted from.
    origin: Instant,
    /// By how many milliseconds the wall clock was ahead of the monotonic moments, and in which
    /// second that was found. Both are written at most once a second, so that all who look share
    /// them.
    ahead: AtomicU64,
    compared: AtomicU64,
}

impl Tick {
    pub(crate) const fn as_millis(self) -> u64 {
        self.millis_since(Self::from_millis(0))
    }

    /// A moment of the wall clock.
    pub(crate) fn to_wall_clock(self) -> SystemTime {
        SystemTime::UNIX_EPOCH.later_by(Duration::from_millis(self.as_millis()))
    }

    /// How long ago `earlier` was; zero if it is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis_since(earlier))
    }
}

impl Clocks {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let origin = clock.monotonic();
        let (ahead, compared) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        Self { clock, origin, ahead, compared }
    }

    pub(crate) fn now(&self) -> Now {
        Now { monotonic: self.monotonic(), wall: Tick::from(self.wall()) }
    }

    /// The same with one clock read instead of two: the monotonic one tells what has passed on the
    /// wall since the two were compared, at most a second ago. Within that second a wall that has
    /// jumped is not noticed, which is what this costs.
    pub(crate) fn glance(&self) -> Now {
        let monotonic = self.monotonic();
        let second = monotonic.as_millis() / 1000;
        if self.compared.load(Ordering::Relaxed) != second {
            let wall = Tick::from(self.wall()).as_millis();
            self.ahead.store(wall.saturating_sub(monotonic.as_millis()), Ordering::Relaxed);
            self.compared.store(second, Ordering::Relaxed);
        }
        let ahead = self.ahead.load(Ordering::Relaxed);
        Now { monotonic, wall: Tick::from_millis(monotonic.as_millis().saturating_add(ahead)) }
    }

    pub(crate) fn wall(&self) -> SystemTime {
        self.clock.wall()
    }

    fn monotonic(&self) -> Tick {
        let passed = self.clock.monotonic().saturating_duration_since(self.origin);
        Tick::from_millis(0).later_by(passed)
    }
}

#[cfg(test)]
mod tests {
    use tcb_types::SystemClock;

    use super::*;

    /// Counts how often its wall is read.
    #[derive(Debug)]
    struct Counting {
        start: Instant,
        passed: AtomicU64,
        jumped: AtomicU64,
        read: AtomicU64,
    }

    impl Clock for Counting {
        fn wall(&self) -> SystemTime {
            self.read.fetch_add(1, Ordering::Relaxed);
            let millis = self.passed.load(Ordering::Relaxed) + self.jumped.load(Ordering::Relaxed);
            SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
        }

        fn monotonic(&self) -> Instant {
            self.start + Duration::from_millis(self.passed.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn a_glance_reads_the_wall_once_a_second_and_knows_it_all_the_same() {
        let zero = || AtomicU64::new(0);
        let clock = Counting { start: SystemClock.monotonic(), passed: zero(), jumped: zero(), read: zero() };
        let clock = Arc::new(clock);
        let clocks = Clocks::new(Arc::clone(&clock) as Arc<dyn Clock>);
        clock.jumped.store(1_000_000, Ordering::Relaxed);
        for passed in 0..10_000 {
            clock.passed.store(passed, Ordering::Relaxed);
            let now = clocks.glance();
            assert_eq!((now.monotonic.as_millis(), now.wall.as_millis()), (passed, 1_000_000 + passed));
        }
        assert_eq!(clock.read.load(Ordering::Relaxed), 10);
        clock.jumped.store(2_000_000, Ordering::Relaxed);
        assert_eq!(clocks.glance().wall.as_millis(), 1_009_999, "not noticed yet");
        clock.passed.store(10_000, Ordering::Relaxed);
        assert_eq!(clocks.glance().wall.as_millis(), 2_010_000);
        assert_eq!(clocks.now().wall.as_millis(), 2_010_000);
    }
}
