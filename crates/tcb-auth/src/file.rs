use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tcb_types::{Clock, SystemClock};

use crate::{AccessToken, AuthError, TokenSource};

/// A token in a file that the platform mounts and rewrites: `cloudbase_access_token` inside
/// WeChat's cloud hosting.
///
/// It travels in the query parameter `cloudbase_access_token`. The file is read again when the
/// value is a minute old or the server refused it.
///
/// ```no_run
/// use tcb_auth::CloudbaseTokenFile;
///
/// let source = CloudbaseTokenFile::new("/.tencentcloudbase/wx/cloudbase_access_token");
/// ```
pub struct CloudbaseTokenFile {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<(AccessToken, Instant)>>,
}

impl CloudbaseTokenFile {
    /// Name of the query parameter.
    pub const PARAMETER: &'static str = "cloudbase_access_token";

    /// How long a value that was read is handed out again.
    const FRESH: Duration = Duration::from_secs(60);

    /// Reads the token from the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), clock: Arc::new(SystemClock), last: Mutex::default() }
    }

    /// Sets another clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    fn last(&self) -> MutexGuard<'_, Option<(AccessToken, Instant)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenSource for CloudbaseTokenFile {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        if let Some(token) = self.cached() {
            return Ok(token);
        }
        // The file is small and local, and it is read once a minute: not worth a trip to another
        // thread.
        let text = std::fs::read_to_string(&self.path).map_err(AuthError::custom)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(AuthError::custom("the token file is empty"));
        }
        let token = AccessToken::new(text).in_parameter(Self::PARAMETER);
        *self.last() = Some((token.clone(), self.clock.monotonic()));
        Ok(token)
    }

    fn cached(&self) -> Option<AccessToken> {
        let last = self.last();
        let (token, read_at) = last.as_ref()?;
        let age = self.clock.monotonic().saturating_duration_since(*read_at);
        (age < Self::FRESH).then(|| token.clone())
    }

    async fn reject(&self, token: &AccessToken) {
        let mut last = self.last();
        if last.as_ref().is_some_and(|(held, _)| held == token) {
            *last = None;
        }
    }
}

impl fmt::Debug for CloudbaseTokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudbaseTokenFile").field("path", &self.path).finish_non_exhaustive()
    }
}
