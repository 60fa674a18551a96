use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_transport::{AttemptError, AttemptErrorKind, TransportErrorKind};
use tcb_types::{ApiError, Reaction};

use crate::StoreError;

/// A token could not be had. Cheap to clone: all callers that waited for one refresh share its
/// error.
#[derive(Clone)]
pub struct AuthError {
    kind: AuthErrorKind,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Why a token could not be had, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// WeChat has pushed no ticket yet, or the last one is older than twelve hours. Not the
    /// caller's fault: the next push, due within ten minutes, clears it. When it lasts, see whether
    /// the callback answers `success`, then call startPushTicket.
    NoTicket {
        /// Since when there is none.
        since: SystemTime,
    },
    /// WeChat refuses the stored ticket (61005, 61006). The next push clears it.
    TicketRefused,
    /// The account has cancelled, or WeChat says that no authorisation of it stands (61003). Stop
    /// all work for the account.
    NotAuthorized,
    /// The store knows nothing of the account: it never authorised the platform, its push was
    /// missed, or the store has lost its data. Run [`reconcile`](crate::PlatformTokens::reconcile),
    /// which brings back every account that WeChat lists; one that is still unknown then has not
    /// authorised, or has to do so again. [`maintain`](crate::PlatformTokens::maintain) runs it at
    /// the start and once a day.
    UnknownAccount,
    /// The account's refresh token is dead (61023, 42007). The merchant has to authorise again.
    NeedsReauthorization,
    /// The platform's appid, secret or IP whitelist is wrong. An operator has to correct it.
    Misconfigured,
    /// The token calls of the day are used up (45009). Wait, or clear the quota.
    QuotaExceeded,
    /// WeChat or the way to it failed; nothing is wrong with the credentials. Try again after
    /// [`AuthError::retry_after`].
    Unavailable,
    /// The caller's time ended while the refresh of the token waited in line for others, as after a
    /// start with very many accounts; it was not begun, unless somebody else waits for it. Nothing
    /// has failed: give callers more time, or raise
    /// [`refreshes_at_once`](crate::CachePolicy::refreshes_at_once).
    Queued,
    /// The token store cannot be used, and no token is at hand that still lives. Nothing was
    /// minted, so that no other process's token is killed. Look at the store.
    StoreUnavailable,
    /// The token endpoint answered something that is not a token. Check which server answered.
    Malformed,
    /// The call was made outside a tokio runtime. Make it inside one.
    NoRuntime,
    /// The source was closed.
    Closed,
    /// The file or the custom source failed; [`source`](Error::source) says why.
    Source,
}

impl AuthError {
    /// An error of this kind.
    pub fn new(kind: AuthErrorKind) -> Self {
        Self { kind, retry_after: None, source: None }
    }

    /// The failure of a custom source. The cause's `Display` and `Debug` must not show a token:
    /// they end up in logs.
    pub fn custom(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(AuthErrorKind::Source).with_source(source)
    }

    /// Adds the cause. Its `Display` and `Debug` must not show a token: they end up in logs.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(Arc::from(source.into())), ..self }
    }

    /// The same error, which says that the next attempt makes sense only `after` that span.
    /// [`CachedSource`](crate::CachedSource) does not ask its source before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tcb_auth::{AuthError, AuthErrorKind};
    ///
    /// let busy = AuthError::new(AuthErrorKind::Unavailable).with_source("the vault is sealed").retry_in(Duration::from_secs(5));
    /// assert!(busy.is_retryable());
    /// ```
    #[must_use]
    pub fn retry_in(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// Why the token could not be had.
    pub fn kind(&self) -> AuthErrorKind {
        self.kind
    }

    /// How long to wait before the next attempt makes sense; until then the same error comes back
    /// at once.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        use AuthErrorKind::{Queued, StoreUnavailable, Unavailable};
        matches!(self.kind, Unavailable | Queued | StoreUnavailable)
    }

    /// What WeChat answered, when it was WeChat who refused.
    pub fn api(&self) -> Option<&ApiError> {
        self.source.as_deref()?.downcast_ref::<AttemptError>()?.api()
    }
}

impl From<AttemptError> for AuthError {
    fn from(error: AttemptError) -> Self {
        let kind = match error.kind() {
            AttemptErrorKind::Api(code) => kind_of(code.reaction()),
            AttemptErrorKind::Transport(TransportErrorKind::Invalid | TransportErrorKind::Proxy)
            | AttemptErrorKind::Request => AuthErrorKind::Misconfigured,
            AttemptErrorKind::Transport(TransportErrorKind::Certificate) | AttemptErrorKind::Malformed => {
                AuthErrorKind::Malformed
            }
            AttemptErrorKind::Status(status) if !status.is_server_error() && status.as_u16() != 429 => {
                AuthErrorKind::Malformed
            }
            _ => AuthErrorKind::Unavailable,
        };
        Self { source: Some(Arc::new(error)), ..Self::new(kind) }
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self { source: Some(Arc::new(error)), ..Self::new(AuthErrorKind::StoreUnavailable) }
    }
}

fn kind_of(reaction: Reaction) -> AuthErrorKind {
    match reaction {
        Reaction::WaitForTicket => AuthErrorKind::TicketRefused,
        Reaction::Reauthorize | Reaction::MerchantAction => AuthErrorKind::NeedsReauthorization,
        Reaction::NotAuthorized => AuthErrorKind::NotAuthorized,
        Reaction::QuotaOrFrequency => AuthErrorKind::QuotaExceeded,
        Reaction::RetryLater | Reaction::Unknown => AuthErrorKind::Unavailable,
        // A refused token ends here only after it was refreshed once; 40001 is also the answer to a
        // wrong secret.
        _ => AuthErrorKind::Misconfigured,
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            AuthErrorKind::NoTicket { .. } => "no usable ticket has been pushed yet",
            AuthErrorKind::TicketRefused => "WeChat refuses the ticket",
            AuthErrorKind::NotAuthorized => "the account has not authorised the platform",
            AuthErrorKind::UnknownAccount => {
                "nothing is stored of the account: compare the store with WeChat's list"
            }
            AuthErrorKind::NeedsReauthorization => "the merchant has to authorise the platform again",
            AuthErrorKind::Misconfigured => "the platform's configuration is refused",
            AuthErrorKind::QuotaExceeded => "the quota of token calls is used up",
            AuthErrorKind::Unavailable => "the token endpoint cannot be used now",
            AuthErrorKind::Queued => "the refresh of the token waits in line for others",
            AuthErrorKind::StoreUnavailable => "the token store cannot be used now",
            AuthErrorKind::Malformed => "the token endpoint did not answer a token",
            AuthErrorKind::NoRuntime => "there is no tokio runtime",
            AuthErrorKind::Closed => "the token source is closed",
            AuthErrorKind::Source => "the token source failed",
        })
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthError")
            .field("kind", &self.kind)
            .field("retry_after", &self.retry_after)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
