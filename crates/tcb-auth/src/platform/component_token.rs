use std::sync::Arc;

use async_trait::async_trait;

use super::desk::Desk;
use crate::{AccessToken, AuthError, Subject, TokenSource};

/// The platform's own token (`component_access_token`), made from the pushed ticket. Cheap to clone.
///
/// Made by [`PlatformTokens::component`](crate::PlatformTokens::component).
#[derive(Clone, Debug)]
pub struct ComponentToken {
    pub(super) desk: Arc<Desk>,
}

#[async_trait]
impl TokenSource for ComponentToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.desk.token(&Subject::Platform).await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.desk.cached(&Subject::Platform)
    }

    async fn reject(&self, token: &AccessToken) {
        self.desk.reject(&Subject::Platform, token);
    }
}
