use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_transport::QueryToken;
use tcb_types::{AccessTokenValue, Moment as _, TokenKind};

/// An access token: its value, what it is good for, and the query parameter that it travels in.
/// Cheap to clone.
#[derive(Clone)]
pub struct AccessToken {
    kind: Option<TokenKind>,
    query: QueryToken,
    // The cache holds many tokens, so this is kept small: whole seconds, and what they are counted
    // from.
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

    /// The same token, which ends when it is `life` old, in whole seconds. That is counted from the
    /// moment at which [`CachedSource`](crate::CachedSource) asked for it, so `life` is what is
    /// left of it then.
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

    /// When the token ends by the wall clock, for handing it on to another program. Tokens of
    /// [`PlatformTokens`](crate::PlatformTokens) say so, and those of a
    /// [`CachedSource`](crate::CachedSource) whose source does.
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
