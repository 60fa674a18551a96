use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tcb_types::AccessTokenValue;
use tokio::runtime::Handle;

use crate::{AccessToken, AuthError, AuthErrorKind};

/// Where a client gets its access tokens from.
///
/// A client asks for a token with each call. A source of your own is ten lines, and
/// [`CachedSource`](crate::CachedSource) around it keeps its tokens at hand:
///
/// ```
/// use std::time::Duration;
/// use tcb_auth::{AccessToken, AuthError, CachedSource, TokenSource, async_trait};
///
/// /// Asks the company's own token service.
/// #[derive(Debug)]
/// struct Vault;
///
/// # impl Vault { async fn read(&self, _: &str) -> std::io::Result<(String, u64)> { Ok(("t".into(), 7200)) } }
/// #[async_trait]
/// impl TokenSource for Vault {
///     async fn token(&self) -> Result<AccessToken, AuthError> {
///         let (text, seconds) = self.read("wx0123456789abcdef").await.map_err(AuthError::custom)?;
///         Ok(AccessToken::authorizer(text).expires_in(Duration::from_secs(seconds)))
///     }
/// }
///
/// let source = CachedSource::new(Vault);
/// ```
///
/// An error may say when it makes sense to come back: [`AuthError::retry_in`].
#[async_trait]
pub trait TokenSource: Debug + Send + Sync {
    /// A token that is good now, fetched if need be.
    ///
    /// # Errors
    ///
    /// An [`AuthError`] whose kind says what the caller can do.
    async fn token(&self) -> Result<AccessToken, AuthError>;

    /// The same for a caller who waits for `limit` at most.
    ///
    /// # Errors
    ///
    /// The same, and [`Unavailable`](crate::AuthErrorKind::Unavailable) when the time is over.
    /// Tokens of [`PlatformTokens`](crate::PlatformTokens) say
    /// [`Queued`](crate::AuthErrorKind::Queued) when it ended in line. Outside a tokio runtime
    /// there is no limit.
    async fn token_within(&self, limit: Duration) -> Result<AccessToken, AuthError> {
        let token = within(limit, self.token()).await;
        token.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)))
    }

    /// A token that may be used at once, without waiting.
    fn cached(&self) -> Option<AccessToken> {
        None
    }

    /// The server refused exactly this value (40001, 40014, 42001). A source that holds another one
    /// by now keeps it. The default does nothing.
    async fn reject(&self, token: &AccessToken) {
        let _ = token;
    }
}

#[async_trait]
impl<T: TokenSource + ?Sized> TokenSource for Arc<T> {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        (**self).token().await
    }

    async fn token_within(&self, limit: Duration) -> Result<AccessToken, AuthError> {
        (**self).token_within(limit).await
    }

    fn cached(&self) -> Option<AccessToken> {
        (**self).cached()
    }

    async fn reject(&self, token: &AccessToken) {
        (**self).reject(token).await;
    }
}

/// What `work` brings, if it does within `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    if Handle::try_current().is_err() {
        // There is no timer.
        return Some(work.await);
    }
    tokio::time::timeout(limit, work).await.ok()
}

/// A token that somebody else keeps fresh: for tests, scripts and one-off calls.
///
/// ```
/// use tcb_auth::{StaticToken, TokenSource};
///
/// let source = StaticToken::new("61_abc");
/// assert_eq!(source.cached().unwrap().value().expose(), "61_abc");
/// ```
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// A token of unknown kind.
    pub fn new(value: impl Into<AccessTokenValue>) -> Self {
        Self(AccessToken::new(value))
    }
}

impl From<AccessToken> for StaticToken {
    fn from(token: AccessToken) -> Self {
        Self(token)
    }
}

#[async_trait]
impl TokenSource for StaticToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        Ok(self.0.clone())
    }

    fn cached(&self) -> Option<AccessToken> {
        Some(self.0.clone())
    }
}
