use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tcb_types::{Clock, SystemClock};

/// A clock that stands still until a test moves it. Clones are one clock.
#[derive(Clone, Debug)]
pub struct HandClock(Arc<Mutex<(SystemTime, Instant)>>);

impl HandClock {
    /// A clock whose wall shows this Unix time.
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(Mutex::new((unix(seconds), SystemClock.monotonic()))))
    }

    /// Moves both sides on.
    #[expect(clippy::arithmetic_side_effects, reason = "tests move it by days at most")]
    pub fn passes(&self, span: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.0 += span;
        hands.1 += span;
    }

    /// Sets the wall alone, to a Unix time.
    pub fn set_wall(&self, seconds: u64) {
        self.0.lock().unwrap().0 = unix(seconds);
    }
}

impl Clock for HandClock {
    fn wall(&self) -> SystemTime {
        self.0.lock().unwrap().0
    }

    fn monotonic(&self) -> Instant {
        self.0.lock().unwrap().1
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "tests name times of this century")]
fn unix(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
