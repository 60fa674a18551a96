//! The redirect that ends an authorisation: the code that it brings is exchanged, unless that was
//! done.

use std::sync::Arc;

use serde::Serialize;
use tcb_types::authorization::{
    GetAuthorizerInfo, GetAuthorizerRefreshToken, GetAuthorizerRefreshTokenResponse, GrantedAuthorization,
};
use tcb_types::{AuthorizationCode, Operation, OperationSpec};

use super::calls::PlatformCalls;
use super::manager::Manager;
use super::serve::{AuthorizerToken, ComponentToken};
use crate::{AuthError, AuthErrorKind, CodeDigest, Subject, TokenSource as _};

/// How often a code that WeChat says is used up is looked for in the store, with a pause between
/// two looks, before that is believed: the exchange that has used it up is saved within two
/// seconds, unless something is wrong.
const LOOKS: u32 = 10;

impl Manager {
    /// Exchanges a code that came by the redirect, unless that has been done.
    pub(super) async fn exchange_code(
        self: &Arc<Self>,
        code: &AuthorizationCode,
    ) -> Result<GrantedAuthorization, AuthError> {
        let platform = ComponentToken { manager: Arc::clone(self) };
        let mut calls = PlatformCalls::new(&self.upstream, &platform).await?;
        // The push brings the same code, and a page that is loaded again does.
        if let Ok(Some(standing)) = self.standing_authorization(code, &mut calls).await {
            return Ok(standing);
        }
        let asked = self.context.now();
        let operation = GetAuthorizerRefreshToken::new(&self.context.app_id, code.clone());
        let failure = match calls.call(&operation).await {
            Ok(answer) => {
                let answer = answer.authorization_info;
                let owner = Subject::Authorizer(answer.app_id.clone());
                self.keep_exchanged(&owner, code, &answer, asked).await;
                self.keep_owner(code, &answer.app_id).await;
                return Ok(answer);
            }
            Err(failure) => failure.error,
        };
        if failure.kind() == AuthErrorKind::NeedsReauthorization {
            // Whoever was faster may not have saved it yet.
            for _ in 0..LOOKS {
                if let Ok(Some(standing)) = self.standing_authorization(code, &mut calls).await {
                    return Ok(standing);
                }
                tokio::time::sleep(self.context.policy.poll).await;
            }
        }
        Err(failure)
    }

    /// What the account has granted whose code it is, if that is known and its authorisation
    /// stands.
    async fn standing_authorization(
        self: &Arc<Self>,
        code: &AuthorizationCode,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Option<GrantedAuthorization>, AuthError> {
        let known = self.records.load(&Subject::Code(CodeDigest::of(code))).await?;
        let Some(app_id) = known.record.owner() else { return Ok(None) };
        // The push's exchange may be running. An account without API rights has no token, and has
        // granted all the same.
        let subject = Subject::Authorizer(app_id.clone());
        let source = AuthorizerToken { manager: Arc::clone(self), subject: subject.clone() };
        let _ = source.token().await;
        let held = self.records.load(&subject).await?;
        if !held.record.stands() {
            return Ok(None);
        }
        let operation = InfoAsExchanged(GetAuthorizerInfo::new(&self.context.app_id, app_id));
        let answer = calls.call(&operation).await.map_err(|failure| failure.error)?;
        let mut standing = answer.authorization_info;
        standing.refresh_token = held.record.refresh_token().cloned();
        if let Some(stored) = held.record.access(held.now) {
            standing.access_token = Some(stored.token.clone());
            standing.expires_in = Some(stored.left.as_secs());
        }
        Ok(Some(standing))
    }
}

/// Reads an account as if its code had just been exchanged: what it granted is told in the same
/// words, but for the access token.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct InfoAsExchanged(GetAuthorizerInfo);

impl Operation for InfoAsExchanged {
    type Response = GetAuthorizerRefreshTokenResponse;
    const SPEC: OperationSpec = GetAuthorizerInfo::SPEC;
}
