use std::sync::Arc;

use async_trait::async_trait;
use tcb_types::authorization::GetComponentAccessToken;
use tcb_types::{ApiError, ErrCode};

use super::{Inner, checked};
use crate::cache::Minted;
use crate::{AccessToken, AuthError, TokenSource, exchange};

/// The platform's own token (`component_access_token`), made from the pushed ticket. Cheap to clone.
///
/// Made by [`PlatformTokens::component`](crate::PlatformTokens::component).
#[derive(Clone, Debug)]
pub struct ComponentToken {
    pub(super) inner: Arc<Inner>,
}

impl ComponentToken {
    /// Whether WeChat refused the platform's token itself, and so did not execute the call.
    pub(super) fn refused_by(error: &ApiError) -> bool {
        matches!(
            error.code(),
            ErrCode::INVALID_CREDENTIAL
                | ErrCode::INVALID_ACCESS_TOKEN
                | ErrCode::ACCESS_TOKEN_EXPIRED
                | ErrCode::COMPONENT_TOKEN_EXPIRED
        )
    }
}

#[async_trait]
impl TokenSource for ComponentToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.inner.component_token().await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.inner.component.cached(self.inner.flights.now())
    }

    async fn reject(&self, token: &AccessToken) {
        self.inner.component.reject(token, &self.inner.flights);
    }
}

pub(super) async fn mint(inner: Arc<Inner>) -> Result<Minted, AuthError> {
    let ticket = inner.usable_ticket()?;
    let asked_at = inner.flights.now();
    let operation = GetComponentAccessToken::new(&inner.app_id, inner.secret.clone(), ticket);
    let answer = exchange(&*inner.transport, None, &operation, Some(inner.flights.policy.mint_timeout))
        .await
        .map_err(AuthError::from);
    tracing::debug!(component = %inner.app_id, ok = answer.is_ok(), "minted a component token");
    let answer = answer?;
    checked(AccessToken::component(answer.access_token), answer.expires_in, asked_at)
}
