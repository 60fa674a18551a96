use std::sync::Arc;

use async_trait::async_trait;
use tcb_types::AuthorizerAppId;
use tcb_types::authorization::GetAuthorizerAccessToken;

use super::account::{Account, Credential};
use super::{Inner, checked};
use crate::cache::Minted;
use crate::{AccessToken, AuthError, AuthErrorKind, TokenSource};

/// The token that acts for one authorised account (`authorizer_access_token`), made from its refresh token. Cheap to clone.
///
/// Made by [`PlatformTokens::authorizer`](crate::PlatformTokens::authorizer).
#[derive(Clone, Debug)]
pub struct AuthorizerToken {
    pub(super) inner: Arc<Inner>,
    pub(super) account: Arc<Account>,
}

impl AuthorizerToken {
    /// The account.
    pub fn app_id(&self) -> &AuthorizerAppId {
        &self.account.app_id
    }
}

#[async_trait]
impl TokenSource for AuthorizerToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.account.slot.token(&self.inner.flights, || self.inner.mint_authorizer(&self.account)).await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.account.slot.cached(self.inner.flights.now())
    }

    async fn reject(&self, token: &AccessToken) {
        self.account.slot.reject(token, &self.inner.flights);
    }
}

pub(super) async fn mint(inner: Arc<Inner>, account: Arc<Account>) -> Result<Minted, AuthError> {
    let minted = match account.credential()? {
        Credential::Code(code) => match exchange_code(&inner, &account, &code).await {
            // The redirect and the push bring the same code: when one of them was exchanged, the other is used up.
            Err(error) if error.kind() == AuthErrorKind::NeedsReauthorization && account.drop_code(&code) => {
                refresh(&inner, &account).await
            }
            outcome => outcome,
        },
        Credential::RefreshToken => refresh(&inner, &account).await,
    };
    tracing::debug!(component = %inner.app_id, authorizer = %account.app_id, ok = minted.is_ok(), "minted an authorizer token");
    minted
}

async fn exchange_code(
    inner: &Arc<Inner>,
    account: &Account,
    code: &tcb_types::AuthorizationCode,
) -> Result<Minted, AuthError> {
    let asked_at = inner.flights.now();
    let granted = inner.exchange_code(code).await?;
    if granted.app_id != account.app_id {
        // The event named another account than its code belongs to; the tokens are kept under the account that they are for.
        account.drop_code(code);
        return Err(AuthError::new(AuthErrorKind::NotAuthorized));
    }
    match (granted.access_token, granted.expires_in) {
        (Some(token), Some(seconds)) => checked(AccessToken::authorizer(token), seconds, asked_at),
        // The account has no API rights, so there is no token to act for it.
        _ => Err(AuthError::new(AuthErrorKind::NotAuthorized)),
    }
}

async fn refresh(inner: &Arc<Inner>, account: &Account) -> Result<Minted, AuthError> {
    let used = account.refresh_token().ok_or_else(|| AuthError::new(AuthErrorKind::NotAuthorized))?;
    let asked_at = inner.flights.now();
    let operation = GetAuthorizerAccessToken::new(&inner.app_id, &account.app_id, used.clone());
    let answer = inner.component_call(&operation).await?;
    if let Some(next) = answer.refresh_token {
        account.rotated(&used, next);
    }
    checked(AccessToken::authorizer(answer.access_token), answer.expires_in, asked_at)
}
