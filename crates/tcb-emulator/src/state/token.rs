use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::UnixTime;

/// How long an access token is good.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(7200);

/// For whom an access token speaks.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The platform itself.
    Component(String),
    /// A merchant, through a platform.
    Account { component: String, authorizer: String },
}

impl Owner {
    /// The appid that counters list the token under.
    pub(crate) fn identity(&self) -> &str {
        match self {
            Self::Component(component) => component,
            Self::Account { authorizer, .. } => authorizer,
        }
    }
}

/// Access tokens by value.
#[derive(Default)]
pub(crate) struct Tokens(BTreeMap<String, Token>);

pub(crate) struct Token {
    pub(crate) owner: Owner,
    expires: UnixTime,
    replaced: Option<UnixTime>,
}

impl Token {
    /// Whether a newer token has ended this one. Such a token is as good as unknown.
    pub(crate) fn is_replaced(&self, now: UnixTime, overlap: Duration) -> bool {
        self.replaced.is_some_and(|replaced| now.since(replaced) >= overlap)
    }

    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires <= now
    }
}

impl Tokens {
    pub(crate) fn get(&self, value: &str) -> Option<&Token> {
        self.0.get(value)
    }

    pub(crate) fn mint(&mut self, value: String, owner: Owner, now: UnixTime, overlap: Duration) {
        self.0.retain(|_, token| token.owner != owner || !token.is_replaced(now, overlap));
        for token in self.0.values_mut().filter(|token| token.owner == owner) {
            token.replaced.get_or_insert(now);
        }
        self.0.insert(value, Token { owner, expires: now.plus(TOKEN_LIFE), replaced: None });
    }
}
