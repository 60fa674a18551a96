use std::fmt;

use tcb_types::{AccessTokenValue, AuthorizerAppId, ComponentAppId};

use crate::AccessToken;

/// Whose token it is, within one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The platform's own.
    Platform,
    /// An account's that authorised the platform.
    Authorizer(AuthorizerAppId),
}

impl Subject {
    pub(crate) fn access_token(&self, value: AccessTokenValue) -> AccessToken {
        match self {
            Self::Platform => AccessToken::component(value),
            Self::Authorizer(_) => AccessToken::authorizer(value),
        }
    }
}

/// Whose token it is: the platform's own, or an account's at one platform. An account that authorised two platforms has two
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey {
    component: ComponentAppId,
    subject: Subject,
}

impl TokenKey {
    /// The key of `subject` at the platform `component`.
    pub fn new(component: impl Into<ComponentAppId>, subject: Subject) -> Self {
        Self { component: component.into(), subject }
    }

    /// The platform.
    pub fn component(&self) -> &ComponentAppId {
        &self.component
    }

    /// Whose token it is at that platform.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The account, unless it is the platform's own key.
    pub fn authorizer(&self) -> Option<&AuthorizerAppId> {
        match &self.subject {
            Subject::Platform => None,
            Subject::Authorizer(app_id) => Some(app_id),
        }
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Platform => write!(f, "{}", self.component),
            Subject::Authorizer(app_id) => write!(f, "{}/{app_id}", self.component),
        }
    }
}
