use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tcb_types::{Clock, SystemClock};

/// The machine's clocks, and how many seconds they are ahead of it. Clones are one clock.
#[derive(Clone, Debug, Default)]
pub struct Ahead(Arc<AtomicU64>);

impl Ahead {
    /// Goes ahead by whole seconds.
    pub fn jump(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    fn by(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

impl Clock for Ahead {
    fn wall(&self) -> SystemTime {
        SystemClock.wall() + self.by()
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic() + self.by()
    }
}
