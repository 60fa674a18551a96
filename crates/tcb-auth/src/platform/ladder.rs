//! What to do when a refresh token is dead: look for another one, from the cheapest place to the dearest.

use std::sync::Arc;

use tcb_types::authorization::{GetAuthorizerAccessToken, GetAuthorizerInfo, ListAuthorizers};
use tcb_types::{ErrCode, Moment as _, RefreshToken};

use super::desk::Desk;
use super::mint::{Failure, Minted, PlatformCaller, Source};
use crate::observer::{Rung, TokenEvent};
use crate::{AuthError, AuthErrorKind, Subject};

impl Desk {
    /// Refreshes with `stored`, and when that is dead or there is none, with whatever the ladder finds.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        subject: &Subject,
        stored: Option<&RefreshToken>,
        caller: &mut PlatformCaller<'_>,
    ) -> Result<Minted, Failure> {
        let mut first = Failure::from(AuthError::new(AuthErrorKind::NeedsReauthorization));
        let mut tried = Vec::new();
        if let Some(stored) = stored {
            first = match self.refresh_once(subject, stored, None, caller).await {
                Err(failure) if is_dead(&failure) => failure,
                outcome => return outcome,
            };
            tried.push(stored.clone());
        }
        let mut answered = false;
        let mut unheard = None;
        // The store comes once more at the end: an event may have been faster than the ladder.
        for rung in [Rung::Store, Rung::Previous, Rung::Info, Rung::List, Rung::Store] {
            let found = match self.look_for_another(subject, rung, caller).await? {
                Ok(found) => {
                    answered |= matches!(rung, Rung::Info | Rung::List);
                    found
                }
                Err(failure) => {
                    unheard = Some(failure);
                    None
                }
            };
            let Some(found) = found.filter(|it| !it.is_empty() && !tried.contains(it)) else { continue };
            let instead_of = stored.filter(|_| rung != Rung::Previous).cloned();
            match self.refresh_once(subject, &found, instead_of, caller).await {
                Err(failure) if is_dead(&failure) => tried.push(found),
                Ok(minted) => {
                    self.tally.note(&TokenEvent::Recovered { key: &self.key(subject), by: rung });
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
            Some(stored) => self.change(subject, |record, _| record.give_up(stored)).await?,
            None => true,
        };
        if given_up {
            self.tally.note(&TokenEvent::NeedsReauthorization { key: &self.key(subject) });
        }
        Err(first)
    }

    async fn refresh_once(
        self: &Arc<Self>,
        subject: &Subject,
        used: &RefreshToken,
        instead_of: Option<RefreshToken>,
        caller: &mut PlatformCaller<'_>,
    ) -> Result<Minted, Failure> {
        let Subject::Authorizer(app_id) = subject else {
            return Err(AuthError::new(AuthErrorKind::NotAuthorized).into());
        };
        let asked = self.now();
        let operation = GetAuthorizerAccessToken::new(&self.app_id, app_id, used.clone());
        let answer = caller.call(&operation).await?;
        let next = answer.refresh_token.clone().filter(|next| !next.is_empty());
        let source = Source::RefreshToken { used: used.clone(), next: answer.refresh_token, instead_of };
        match self.checked(subject, answer.access_token, answer.expires_in, asked, source) {
            Ok(minted) => Ok(minted),
            Err(error) => {
                // The refresh token may be used up, and its successor beside the odd access token is good.
                if let Some(next) = next {
                    self.change(subject, |record, _| record.restore(&next, Some(used))).await?;
                }
                Err(Failure::after_an_answer(error))
            }
        }
    }

    /// The refresh token that a rung of the ladder has, or why WeChat could not be asked for it. What ends the ladder is the outer error.
    async fn look_for_another(
        self: &Arc<Self>,
        subject: &Subject,
        rung: Rung,
        caller: &mut PlatformCaller<'_>,
    ) -> Result<Result<Option<RefreshToken>, Failure>, Failure> {
        let Subject::Authorizer(app_id) = subject else { return Ok(Ok(None)) };
        let found = match rung {
            Rung::Store => self.load(subject).await?.1.refresh_token().cloned(),
            Rung::Previous => self.load(subject).await?.1.previous_refresh_token().cloned(),
            Rung::Info => match caller.call(&GetAuthorizerInfo::new(&self.app_id, app_id)).await {
                Ok(answer) => answer.authorization_info.and_then(|info| info.refresh_token),
                Err(failure) if failure.is_final() => return Err(failure),
                Err(failure) => return Ok(Err(failure)),
            },
            Rung::List => {
                // A platform with very many accounts has a very long list, and callers wait.
                let give_up = self.now().monotonic.later_by(self.policy.mint_timeout.saturating_mul(8));
                let mut offset = 0;
                loop {
                    if self.now().monotonic >= give_up {
                        return Ok(Err(AuthError::new(AuthErrorKind::Unavailable).into()));
                    }
                    let page = ListAuthorizers::new(&self.app_id, offset, ListAuthorizers::MAX_COUNT);
                    let answer = match caller.call(&page).await {
                        Ok(answer) => answer,
                        Err(failure) if failure.is_final() => return Err(failure),
                        Err(failure) => return Ok(Err(failure)),
                    };
                    if answer.list.is_empty() {
                        break None;
                    }
                    offset += answer.list.len() as u64;
                    if let Some(account) = answer.list.into_iter().find(|account| account.app_id == *app_id) {
                        break account.refresh_token;
                    }
                }
            }
        };
        Ok(Ok(found))
    }
}

fn is_dead(failure: &Failure) -> bool {
    failure.error.api().is_some_and(|api| api.code() == ErrCode::REFRESH_TOKEN_INVALID)
}
