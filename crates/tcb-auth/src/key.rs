use std::fmt;

use sha2::{Digest as _, Sha256};
use tcb_types::{AccessTokenValue, AuthorizationCode, AuthorizerAppId, ComponentAppId};

use crate::AccessToken;

/// Whose token it is, within one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The platform's own.
    Platform,
    /// An account's that authorised the platform.
    Authorizer(AuthorizerAppId),
    /// Nobody's: what is known of an authorisation code. Its record has no token, and it ends.
    Code(CodeDigest),
}

/// Stands for an authorisation code in the name of a record: the lower-case hexadecimal SHA-256 of
/// the code, which is itself a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeDigest(String);

impl CodeDigest {
    /// The digest of `code`.
    pub fn of(code: &AuthorizationCode) -> Self {
        Self(hex::encode(Sha256::digest(code.expose())))
    }

    /// Its 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Subject {
    /// What tells it from others of its kind.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Platform => "",
            Self::Authorizer(app_id) => app_id.as_str(),
            Self::Code(digest) => digest.as_str(),
        }
    }

    /// The account, if it is one.
    pub(crate) fn authorizer(&self) -> Option<&AuthorizerAppId> {
        match self {
            Self::Platform | Self::Code(_) => None,
            Self::Authorizer(app_id) => Some(app_id),
        }
    }

    pub(crate) fn access_token(&self, value: AccessTokenValue) -> AccessToken {
        match self {
            Self::Platform => AccessToken::component(value),
            // A code has no token of its own: what it brings is its account's.
            Self::Authorizer(_) | Self::Code(_) => AccessToken::authorizer(value),
        }
    }
}

/// Which record it is: the platform's own, an account's at one platform, or a code's. An account
/// that authorised two platforms has two tokens.
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

    /// The account, if it is the key of one.
    pub fn authorizer(&self) -> Option<&AuthorizerAppId> {
        self.subject.authorizer()
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Platform => write!(f, "{}", self.component),
            Subject::Authorizer(app_id) => write!(f, "{}/{app_id}", self.component),
            Subject::Code(digest) => write!(f, "{}/code/{}", self.component, digest.as_str()),
        }
    }
}
