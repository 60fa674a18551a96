//! One time for all processes: that of the machine, and what the driver has let pass besides.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tcb_api::types::{Clock, Moment as _, SystemClock};

#[derive(Clone, Debug)]
pub(crate) struct SharedClock {
    file: PathBuf,
    seconds: Arc<AtomicU64>,
}

impl SharedClock {
    pub(crate) fn of(folder: &Path) -> Self {
        let clock = Self { file: folder.join("offset"), seconds: Arc::default() };
        clock.read();
        clock
    }

    /// Takes over what the driver has written.
    fn read(&self) {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        if let Ok(seconds) = text.parse() {
            self.seconds.fetch_max(seconds, Ordering::SeqCst);
        }
    }

    pub(crate) async fn follow(self) {
        loop {
            self.read();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets time pass, for all.
    pub(crate) fn pass(&self, span: Duration) {
        let seconds = self.seconds.load(Ordering::SeqCst).saturating_add(span.as_secs());
        let new = self.file.with_extension("new");
        fs::write(&new, seconds.to_string()).unwrap();
        fs::rename(new, &self.file).unwrap();
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    fn offset(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::SeqCst))
    }
}

impl Clock for SharedClock {
    fn wall(&self) -> SystemTime {
        SystemClock.wall().later_by(self.offset())
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic().later_by(self.offset())
    }
}
