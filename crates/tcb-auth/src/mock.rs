use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use tcb_types::Clock;

use crate::{AccessToken, AuthError, TokenSource};

mockall::mock! {
    /// A mock of [`TokenSource`].
    #[derive(Debug)]
    pub TokenSource {}

    #[async_trait]
    impl TokenSource for TokenSource {
        async fn token(&self) -> Result<AccessToken, AuthError>;
        fn cached(&self) -> Option<AccessToken>;
        async fn reject(&self, token: &AccessToken);
    }
}

/// A clock that follows tokio's, which a test can pause and advance: one `tokio::time::advance` moves timers, the monotonic clock
/// and the wall clock together.
#[derive(Clone, Debug)]
pub struct TestClock {
    wall: SystemTime,
    started: tokio::time::Instant,
}

impl TestClock {
    /// A clock whose wall time is `wall` now.
    #[expect(clippy::disallowed_methods, reason = "tokio's clock is the one that tests pause")]
    pub fn starting_at(wall: SystemTime) -> Self {
        Self { wall, started: tokio::time::Instant::now() }
    }

    #[expect(clippy::disallowed_methods, reason = "tokio's clock is the one that tests pause")]
    fn elapsed(&self) -> Duration {
        tokio::time::Instant::now().saturating_duration_since(self.started)
    }
}

impl Default for TestClock {
    /// 2026-01-01, midnight UTC.
    fn default() -> Self {
        Self::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }
}

impl Clock for TestClock {
    fn wall(&self) -> SystemTime {
        self.wall + self.elapsed()
    }

    fn monotonic(&self) -> Instant {
        self.started.into_std() + self.elapsed()
    }
}
