//! What to do when a refresh token is dead: look for another one, from the cheapest place to the
//! most expensive.

use tcb_types::authorization::{GetAuthorizerAccessToken, GetAuthorizerInfo, ListAuthorizers};
use tcb_types::{AuthorizerAppId, Moment as _, RefreshToken};

use super::calls::PlatformCalls;
use super::context::Context;
use super::records::Records;
use super::upstream::{MadeOf, Minted, RequestError, Upstream};
use crate::observer::{RecoveryStep, TokenEvent};
use crate::{AuthError, AuthErrorKind, Subject};

/// For how many times the limit of a call the list is read.
const PATIENCE: u32 = 8;

/// Makes a token of an account's refresh token, or of another one when that is dead.
pub(super) struct Recovery<'a> {
    pub(super) context: &'a Context,
    pub(super) records: &'a Records,
    pub(super) upstream: &'a Upstream,
    pub(super) subject: &'a Subject,
    pub(super) app_id: &'a AuthorizerAppId,
}

impl Recovery<'_> {
    /// Uses `stored`, and when that is dead or there is none, whatever the steps of the recovery
    /// find.
    pub(super) async fn mint(
        &self,
        stored: Option<&RefreshToken>,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Minted, RequestError> {
        let mut first = RequestError::from(AuthError::new(AuthErrorKind::NeedsReauthorization));
        let mut tried = Vec::new();
        if let Some(stored) = stored {
            first = match self.mint_with(stored, None, calls).await {
                Err(failure) if failure.is_dead_refresh_token() => failure,
                outcome => return outcome,
            };
            tried.push(stored.clone());
        }
        let mut answered = false;
        let mut unheard = None;
        // The store comes once more at the end: an event may have been faster than the recovery.
        for step in [
            RecoveryStep::Store,
            RecoveryStep::Previous,
            RecoveryStep::Info,
            RecoveryStep::List,
            RecoveryStep::Store,
        ] {
            let asks_wechat = matches!(step, RecoveryStep::Info | RecoveryStep::List);
            let found = match self.find(step, calls).await {
                Ok(found) => {
                    answered |= asks_wechat;
                    found
                }
                Err(failure) if failure.is_final() || !asks_wechat => return Err(failure),
                Err(failure) => {
                    unheard = Some(failure);
                    None
                }
            };
            let Some(found) = found.filter(|it| !it.is_empty() && !tried.contains(it)) else { continue };
            let instead_of = stored.filter(|_| step != RecoveryStep::Previous).cloned();
            match self.mint_with(&found, instead_of, calls).await {
                Err(failure) if failure.is_dead_refresh_token() => tried.push(found),
                Ok(minted) => {
                    let key = self.context.key(self.subject);
                    self.context.note(&TokenEvent::Recovered { key: &key, by: step });
                    return Ok(minted);
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some(failure) = unheard.filter(|_| !answered) {
            // WeChat could not be asked, so nothing is known to be lost.
            return Err(failure.error.into());
        }
        let given_up = match stored {
            Some(stored) => self.records.change(self.subject, |record, _| record.give_up(stored)).await?,
            None => true,
        };
        if given_up {
            let key = self.context.key(self.subject);
            self.context.note(&TokenEvent::NeedsReauthorization { key: &key });
        }
        Err(first)
    }

    async fn mint_with(
        &self,
        used: &RefreshToken,
        instead_of: Option<RefreshToken>,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Minted, RequestError> {
        let asked = self.context.now();
        let operation = GetAuthorizerAccessToken::new(&self.context.app_id, self.app_id, used.clone());
        let answer = calls.call(&operation).await?;
        let next = answer.refresh_token.clone().filter(|next| !next.is_empty());
        let made_of = MadeOf::RefreshToken { used: used.clone(), next: answer.refresh_token, instead_of };
        let (token, seconds) = (answer.access_token, answer.expires_in);
        match self.upstream.minted(self.subject, token, seconds, asked, made_of) {
            Ok(minted) => Ok(minted),
            Err(error) => {
                // The refresh token may be used up, and its successor beside the odd access token
                // is good.
                if let Some(next) = next {
                    let restore = |record: &mut crate::Record, _| record.restore(&next, Some(used));
                    self.records.change(self.subject, restore).await?;
                }
                Err(RequestError::after_an_answer(error))
            }
        }
    }

    /// The refresh token that a step of the recovery finds.
    async fn find(
        &self,
        step: RecoveryStep,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Option<RefreshToken>, RequestError> {
        Ok(match step {
            RecoveryStep::Store => self.records.load(self.subject).await?.record.refresh_token().cloned(),
            RecoveryStep::Previous => {
                self.records.load(self.subject).await?.record.previous_refresh_token().cloned()
            }
            RecoveryStep::Info => {
                let answer = calls.call(&GetAuthorizerInfo::new(&self.context.app_id, self.app_id)).await?;
                answer.authorization_info.and_then(|info| info.refresh_token)
            }
            RecoveryStep::List => self.find_in_list(calls).await?,
        })
    }

    async fn find_in_list(
        &self,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Option<RefreshToken>, RequestError> {
        // A platform with very many accounts has a very long list, and callers wait.
        let limit = self.context.policy.mint_timeout.saturating_mul(PATIENCE);
        let give_up = self.context.now().monotonic.later_by(limit);
        let mut offset = 0_u64;
        while self.context.now().monotonic < give_up {
            let page = ListAuthorizers::new(&self.context.app_id, offset, ListAuthorizers::MAX_COUNT);
            let accounts = calls.call(&page).await?.list;
            if accounts.is_empty() {
                return Ok(None);
            }
            offset += accounts.len() as u64;
            if let Some(account) = accounts.into_iter().find(|account| account.app_id == *self.app_id) {
                return Ok(account.refresh_token);
            }
        }
        Err(AuthError::new(AuthErrorKind::Unavailable).into())
    }
}
