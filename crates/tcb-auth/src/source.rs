use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tcb_transport::QueryToken;
use tcb_types::{AccessTokenValue, Moment as _, TokenKind};

use crate::AuthError;

/// Where a client gets its access tokens from.
///
/// A client asks for a token with each call. A source of your own is ten lines, and [`CachedSource`](crate::CachedSource) around it keeps its tokens
/// at hand:
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

    /// A token that may be used at once, without waiting.
    fn cached(&self) -> Option<AccessToken> {
        None
    }

    /// The server refused exactly this value (40001, 40014, 42001). A source that holds another one by now keeps it. The
    /// default does nothing.
    async fn reject(&self, token: &AccessToken) {
        let _ = token;
    }
}

#[async_trait]
impl<T: TokenSource + ?Sized> TokenSource for Arc<T> {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        (**self).token().await
    }

    fn cached(&self) -> Option<AccessToken> {
        (**self).cached()
    }

    async fn reject(&self, token: &AccessToken) {
        (**self).reject(token).await;
    }
}

/// An access token: its value, what it is good for, and the query parameter that it travels in. Cheap to clone.
#[derive(Clone)]
pub struct AccessToken {
    kind: Option<TokenKind>,
    query: QueryToken,
    // The cache holds many tokens, so this is kept small: whole seconds, and what they are counted from.
    end_seconds: u32,
    end_from: EndFrom,
}

#[derive(Clone, Copy)]
enum EndFrom {
    /// Nobody has said.
    Untold,
    /// The moment at which it was asked for.
    Asked,
    Epoch,
}

/// When a token ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// So long after it was asked for.
    In(Duration),
    At(SystemTime),
}

impl AccessToken {
    /// Name of the query parameter that nearly all tokens travel in.
    pub const PARAMETER: &'static str = "access_token";

    /// A token of unknown kind, which is sent with any operation.
    pub fn new(value: impl Into<AccessTokenValue>) -> Self {
        let query = QueryToken::new(Self::PARAMETER, Arc::new(value.into()));
        Self { kind: None, query, end_seconds: 0, end_from: EndFrom::Untold }
    }

    /// A platform's own token.
    pub fn component(value: impl Into<AccessTokenValue>) -> Self {
        Self { kind: Some(TokenKind::Component), ..Self::new(value) }
    }

    /// A token that acts for an account.
    pub fn authorizer(value: impl Into<AccessTokenValue>) -> Self {
        Self { kind: Some(TokenKind::Authorizer), ..Self::new(value) }
    }

    /// The same token in another query parameter.
    #[must_use]
    pub fn in_parameter(self, parameter: &'static str) -> Self {
        Self { query: self.query.in_parameter(parameter), ..self }
    }

    /// The same token, which ends when it is `life` old, in whole seconds. That is counted from the moment at which [`CachedSource`](crate::CachedSource) asked for
    /// it, so `life` is what is left of it then.
    #[must_use]
    pub fn expires_in(self, life: Duration) -> Self {
        Self { end_seconds: seconds(life), end_from: EndFrom::Asked, ..self }
    }

    /// The same token, which ends at `moment` by the wall clock, in whole seconds.
    #[must_use]
    pub fn expires_at(self, moment: SystemTime) -> Self {
        let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { end_seconds: seconds(since), end_from: EndFrom::Epoch, ..self }
    }

    /// When the token ends by the wall clock, for handing it on to another program. Tokens of [`PlatformTokens`](crate::PlatformTokens) say so, and those
    /// of a [`CachedSource`](crate::CachedSource) whose source does.
    pub fn ends_at(&self) -> Option<SystemTime> {
        match self.end() {
            Some(End::At(moment)) => Some(moment),
            _ => None,
        }
    }

    pub(crate) fn end(&self) -> Option<End> {
        let span = Duration::from_secs(self.end_seconds.into());
        match self.end_from {
            EndFrom::Untold => None,
            EndFrom::Asked => Some(End::In(span)),
            EndFrom::Epoch => Some(End::At(SystemTime::UNIX_EPOCH.later_by(span))),
        }
    }

    /// What the token is good for, if that is known.
    pub fn kind(&self) -> Option<TokenKind> {
        self.kind
    }

    /// The value.
    pub fn value(&self) -> &AccessTokenValue {
        self.query.value()
    }

    /// The token as a request carries it.
    pub fn query_token(&self) -> &QueryToken {
        &self.query
    }
}

#[expect(clippy::missing_fields_in_debug, reason = "the end is shown as the moment that it is")]
impl Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("kind", &self.kind)
            .field("query", &self.query)
            .field("end", &self.end())
            .finish()
    }
}

/// Whole seconds; as many as fit, which as a moment is in the year 2106.
fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

/// Tokens are equal when their values are.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Eq for AccessToken {}

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
