use std::fmt::Debug;
use std::time::{Instant, SystemTime};

/// Where the SDK gets the time from.
///
/// Two clocks, because each fails in its own way: the monotonic one stands still while a Linux machine is
/// suspended, the wall clock can be set back. A token counts as expired when *either* says so.
///
/// Tests put their own clock in place; everybody else uses [`SystemClock`].
pub trait Clock: Debug + Send + Sync {
    /// The wall clock.
    fn wall(&self) -> SystemTime;

    /// A clock that never goes back.
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
