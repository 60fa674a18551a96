use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use tcb_types::{Clock, Moment as _};

use crate::{AccessToken, AuthError, TokenSource};

mockall::mock! {
    #[derive(Debug)]
    pub Calls {
        pub fn token(&self) -> Result<AccessToken, AuthError>;
        pub fn cached(&self) -> Option<AccessToken>;
        pub fn reject(&self, token: &AccessToken);
    }
}

/// A mock of [`TokenSource`]. What is not expected of [`cached`](TokenSource::cached) and
/// [`reject`](TokenSource::reject) does what the trait does by default: nothing is at hand, and a
/// refusal is ignored.
///
/// ```
/// use tcb_auth::{AccessToken, MockTokenSource};
///
/// let mut source = MockTokenSource::new();
/// source.expect_token().returning(|| Ok(AccessToken::authorizer("61_abc")));
/// ```
#[derive(Debug, Default)]
pub struct MockTokenSource {
    calls: MockCalls,
    cached_is_expected: bool,
    reject_is_expected: bool,
}

impl MockTokenSource {
    /// A mock of which nothing is expected yet: its `token` panics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects a call of [`token`](TokenSource::token), as described by mockall.
    pub fn expect_token(&mut self) -> &mut __mock_MockCalls::__token::Expectation {
        self.calls.expect_token()
    }

    /// Expects a call of [`cached`](TokenSource::cached), as described by mockall.
    pub fn expect_cached(&mut self) -> &mut __mock_MockCalls::__cached::Expectation {
        self.cached_is_expected = true;
        self.calls.expect_cached()
    }

    /// Expects a call of [`reject`](TokenSource::reject), as described by mockall.
    pub fn expect_reject(&mut self) -> &mut __mock_MockCalls::__reject::Expectation {
        self.reject_is_expected = true;
        self.calls.expect_reject()
    }

    /// Checks all expectations so far, and forgets them.
    pub fn checkpoint(&mut self) {
        self.calls.checkpoint();
        (self.cached_is_expected, self.reject_is_expected) = (false, false);
    }
}

#[async_trait]
impl TokenSource for MockTokenSource {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.calls.token()
    }

    fn cached(&self) -> Option<AccessToken> {
        if self.cached_is_expected { self.calls.cached() } else { None }
    }

    async fn reject(&self, token: &AccessToken) {
        if self.reject_is_expected {
            self.calls.reject(token);
        }
    }
}

/// A clock that follows tokio's, which a test can pause and advance: one `tokio::time::advance`
/// moves timers, the monotonic clock and the wall clock together.
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
        Self::starting_at(SystemTime::UNIX_EPOCH.later_by(Duration::from_secs(1_767_225_600)))
    }
}

impl Clock for TestClock {
    fn wall(&self) -> SystemTime {
        self.wall.later_by(self.elapsed())
    }

    fn monotonic(&self) -> Instant {
        self.started.into_std().later_by(self.elapsed())
    }
}
