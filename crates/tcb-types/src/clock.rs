use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime};

/// Where the SDK gets the time from.
///
/// There are two clocks because each fails in its own way: the monotonic one stands still while a
/// Linux machine is suspended, the wall clock can be set back. A token counts as expired when
/// *either* says so.
///
/// Tests supply their own clock; everything else uses [`SystemClock`].
pub trait Clock: Debug + Send + Sync {
    /// Returns the time of the wall clock.
    fn wall(&self) -> SystemTime;

    /// Returns the time of a clock that never goes back.
    fn monotonic(&self) -> Instant;
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn wall(&self) -> SystemTime {
        (**self).wall()
    }

    fn monotonic(&self) -> Instant {
        (**self).monotonic()
    }
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the monotonic clock")]
    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}

/// Longer spans count as this one: 1,000 years, which every clock can hold.
const FOREVER: Duration = Duration::from_secs(1_000 * 366 * 24 * 60 * 60);

/// A moment to which any span of time can be added without a panic. Spans come from settings, where
/// `Duration::MAX` means "never", and from servers.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tcb_types::Moment;
///
/// let now = SystemTime::UNIX_EPOCH;
/// assert_eq!(now.later_by(Duration::from_secs(5)), now + Duration::from_secs(5));
/// assert!(now.later_by(Duration::MAX) > now);
/// ```
pub trait Moment: Copy {
    /// Returns the moment `span` after this one, or a thousand years after it when `span` is
    /// longer.
    #[must_use]
    fn later_by(self, span: Duration) -> Self;
}

impl Moment for Instant {
    fn later_by(self, span: Duration) -> Self {
        self.checked_add(span.min(FOREVER)).unwrap_or(self)
    }
}

impl Moment for SystemTime {
    fn later_by(self, span: Duration) -> Self {
        self.checked_add(span.min(FOREVER)).unwrap_or(self)
    }
}

/// Multiplies `span` by `factor` without a panic. The result is [`Duration::MAX`] when it is too
/// long for a [`Duration`], zero when `factor` is negative or not a number.
///
/// ```
/// use std::time::Duration;
/// use tcb_types::scaled;
///
/// assert_eq!(scaled(Duration::from_secs(10), 0.5), Duration::from_secs(5));
/// assert_eq!(scaled(Duration::MAX, 1.5), Duration::MAX);
/// ```
pub fn scaled(span: Duration, factor: f64) -> Duration {
    if factor > 0.0 {
        Duration::try_from_secs_f64(span.as_secs_f64() * factor).unwrap_or(Duration::MAX)
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_is_too_long_to_be_added_and_a_longer_one_never_ends_earlier() {
        let spans = [0, 1, 86_400, 1 << 40, i64::MAX.unsigned_abs(), u64::MAX].map(Duration::from_secs);
        for start in [SystemTime::UNIX_EPOCH, SystemClock.wall()] {
            assert!(spans.map(|span| start.later_by(span)).is_sorted());
            assert!(start.later_by(Duration::MAX) > start);
        }
        let start = SystemClock.monotonic();
        assert!(spans.map(|span| start.later_by(span)).is_sorted());
        assert!(start.later_by(Duration::MAX) > start);
    }

    #[test]
    fn no_factor_is_too_odd() {
        for factor in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0] {
            assert_eq!(scaled(Duration::MAX, factor), Duration::ZERO);
        }
        assert_eq!(scaled(Duration::from_secs(1), f64::INFINITY), Duration::MAX);
        assert_eq!(scaled(Duration::MAX, 1.0), Duration::MAX);
    }
}
