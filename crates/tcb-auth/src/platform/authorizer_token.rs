use std::sync::Arc;

use async_trait::async_trait;

use super::desk::Desk;
use crate::{AccessToken, AuthError, Subject, TokenSource};

/// The token that acts for one authorised account (`authorizer_access_token`), made from its refresh token. Cheap to clone.
///
/// Made by [`PlatformTokens::authorizer`](crate::PlatformTokens::authorizer).
#[derive(Clone, Debug)]
pub struct AuthorizerToken {
    pub(super) desk: Arc<Desk>,
    pub(super) subject: Subject,
}

#[async_trait]
impl TokenSource for AuthorizerToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.desk.token(&self.subject).await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.desk.cached(&self.subject)
    }

    async fn reject(&self, token: &AccessToken) {
        self.desk.reject(&self.subject, token);
    }
}
