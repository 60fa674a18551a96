//! One caller who wants one token: served from the map, or with the refresh that brings it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tcb_types::Moment as _;

use super::manager::Manager;
use super::refresh::{Reason, Refresh};
use crate::cache::{CachedToken, Decision, TokenResult, Waiter};
use crate::observer::TokenEvent;
use crate::source::within;
use crate::{AccessToken, AuthError, AuthErrorKind, Subject, TokenSource};

/// The platform's own token (`component_access_token`), made from the pushed ticket. Cheap to
/// clone.
///
/// Made by [`PlatformTokens::component`](crate::PlatformTokens::component); its example is
/// [there](crate::PlatformTokens).
#[derive(Clone, Debug)]
pub struct ComponentToken {
    pub(super) manager: Arc<Manager>,
}

/// The token that acts for one authorised account (`authorizer_access_token`), made from its
/// refresh token. Cheap to clone.
///
/// Made by [`PlatformTokens::authorizer`](crate::PlatformTokens::authorizer); its example is
/// [there](crate::PlatformTokens).
#[derive(Clone, Debug)]
pub struct AuthorizerToken {
    pub(super) manager: Arc<Manager>,
    pub(super) subject: Subject,
}

#[async_trait]
impl TokenSource for ComponentToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.manager.token(&Subject::Platform).await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.manager.cached(&Subject::Platform)
    }

    async fn reject(&self, token: &AccessToken) {
        self.manager.reject(&Subject::Platform, token);
    }
}

#[async_trait]
impl TokenSource for AuthorizerToken {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        self.manager.token(&self.subject).await
    }

    async fn token_within(&self, limit: Duration) -> Result<AccessToken, AuthError> {
        let mut token = pin!(self.manager.token(&self.subject));
        within(limit, token.as_mut()).await.unwrap_or_else(|| {
            // The caller is still here, and keeps it in line.
            let queued = self.manager.refreshes.is_queued(&self.subject);
            Err(AuthError::new(if queued { AuthErrorKind::Queued } else { AuthErrorKind::Unavailable }))
        })
    }

    fn cached(&self) -> Option<AccessToken> {
        self.manager.cached(&self.subject)
    }

    async fn reject(&self, token: &AccessToken) {
        self.manager.reject(&self.subject, token);
    }
}

impl Manager {
    /// The token, if it may be used at once and nothing is due.
    fn cached(&self, subject: &Subject) -> Option<AccessToken> {
        let now = self.context.clocks.glance();
        self.tokens.read(subject, |entry| {
            let entry = entry.filter(|entry| entry.decide(now) == Decision::Serve)?;
            entry.cached().map(|cached| cached.token.clone())
        })
    }

    /// A token that is good now.
    async fn token(self: &Arc<Self>, subject: &Subject) -> TokenResult {
        let now = self.context.now();
        let (decision, cached, paused) = self.tokens.read(subject, |entry| match entry {
            Some(entry) => (entry.decide(now), entry.cached().cloned(), entry.is_paused(now)),
            None => (Decision::Wait, None, false),
        });
        match (decision, cached) {
            (Decision::Serve, Some(cached)) => Ok(cached.token),
            (Decision::ServeAndRefresh, Some(cached)) => {
                self.refresh_behind(subject, &Reason::due(&cached));
                Ok(cached.token)
            }
            (Decision::ServeAndVerify, Some(cached)) => {
                self.look_behind(subject, &cached, paused);
                Ok(cached.token)
            }
            (Decision::Verify, Some(cached)) => {
                let reason = Reason::verify(&cached, paused);
                let outcome = self.join_or_serve(subject, &reason, cached).await;
                self.refresh_if_due(subject, outcome).await
            }
            (Decision::WaitOrServe, Some(cached)) => {
                self.join_or_serve(subject, &Reason::due(&cached), cached).await
            }
            (Decision::Fail, cached) => self.look_or_fail(subject, cached).await,
            (Decision::Wait, Some(cached)) if cached.times.rejected => {
                self.replace_rejected(subject, cached).await
            }
            // Wait; every other decision has a token.
            (_, cached) => {
                let generation = cached.map_or(0, |cached| cached.generation);
                let outcome = self.join(subject, &Reason::Missing { generation })?.outcome().await;
                self.refresh_if_due(subject, outcome).await
            }
        }
    }

    /// The error of the refresh that failed a moment ago, unless what ends the failure has reached
    /// another process.
    async fn look_or_fail(self: &Arc<Self>, subject: &Subject, cached: Option<CachedToken>) -> TokenResult {
        let now = self.context.now();
        let failed = self
            .tokens
            .read(subject, |entry| entry.and_then(|entry| Some((entry.failure(now)?, entry.may_look(now)))));
        match failed {
            None => Err(AuthError::new(AuthErrorKind::Unavailable)),
            Some((failure, false)) => Err(failure),
            Some((failure, true)) => {
                let generation = cached.as_ref().map_or(0, |cached| cached.generation);
                let refused = cached.filter(|cached| cached.times.rejected).map(|cached| cached.token);
                match self.join(subject, &Reason::Look { generation, refused }) {
                    Ok(refresh) => refresh.outcome().await,
                    Err(_) => Err(failure),
                }
            }
        }
    }

    /// Another token in place of one that was refused.
    async fn replace_rejected(self: &Arc<Self>, subject: &Subject, cached: CachedToken) -> TokenResult {
        let refused = cached.token.clone();
        let reason = Reason::Rejected { token: cached.token, generation: cached.generation };
        let outcome = self.join(subject, &reason)?.outcome().await;
        if outcome.as_ref().is_ok_and(|token| *token == refused) && self.is_rejected(subject, &refused) {
            // That refresh began before the token was refused.
            return self.join(subject, &reason)?.outcome().await;
        }
        outcome
    }

    /// The outcome of a look into the store. When that token is itself due, it is refreshed: one
    /// that is rarely asked for is compared on every call, and would otherwise never be.
    async fn refresh_if_due(self: &Arc<Self>, subject: &Subject, outcome: TokenResult) -> TokenResult {
        let now = self.context.now();
        let found = self.tokens.read(subject, |entry| {
            let entry = entry.filter(|_| outcome.is_ok())?;
            Some((entry.decide(now), entry.cached().cloned()?))
        });
        match found {
            Some((Decision::ServeAndRefresh, cached)) => {
                self.refresh_behind(subject, &Reason::due(&cached));
                outcome
            }
            Some((Decision::WaitOrServe, cached)) => {
                self.join_or_serve(subject, &Reason::due(&cached), cached).await
            }
            _ => outcome,
        }
    }

    /// Starts a refresh that nobody waits for. While the old token is good, it does not matter when
    /// one cannot start.
    fn refresh_behind(self: &Arc<Self>, subject: &Subject, reason: &Reason) {
        if let Ok(refresh) = self.join(subject, reason) {
            self.refreshes.keep(subject, refresh);
        }
    }

    /// Compares the token at hand with the store while it is handed out.
    fn look_behind(self: &Arc<Self>, subject: &Subject, cached: &CachedToken, paused: bool) {
        // Others need not begin the same for a while.
        let again_at = self.context.now().monotonic.later_by(self.context.policy.store_pause);
        let store_failed = cached.times.store_failed;
        self.tokens.update_existing(subject, |entry| entry.verify_again_at(again_at, store_failed));
        self.refresh_behind(subject, &Reason::verify(cached, paused));
        if store_failed {
            self.context.note(&TokenEvent::ServedStale { key: &self.context.key(subject) });
        }
    }

    /// What a refresh brings, or the token at hand when the refresh fails or takes longer than one
    /// call may.
    async fn join_or_serve(
        self: &Arc<Self>,
        subject: &Subject,
        reason: &Reason,
        cached: CachedToken,
    ) -> TokenResult {
        let outcome = match self.join(subject, reason) {
            Ok(refresh) => {
                let mut outcome = pin!(refresh.outcome());
                let limit = self.context.policy.mint_timeout;
                match tokio::time::timeout(limit, outcome.as_mut()).await {
                    Ok(outcome) => outcome,
                    Err(_) if self.is_good(subject, &cached) => {
                        Err(AuthError::new(AuthErrorKind::Unavailable))
                    }
                    Err(_) => outcome.await,
                }
            }
            Err(error) => Err(error),
        };
        outcome.or_else(|error| {
            // When the account has cancelled, its token is not to be used although it may still
            // live.
            if error.kind() == AuthErrorKind::NotAuthorized || !self.is_good(subject, &cached) {
                return Err(error);
            }
            self.context.note(&TokenEvent::ServedStale { key: &self.context.key(subject) });
            Ok(cached.token)
        })
    }

    /// Joins the refresh for `subject` that is running, which keeps its own reason, or starts one
    /// for `reason`.
    pub(super) fn join(self: &Arc<Self>, subject: &Subject, reason: &Reason) -> Result<Waiter, AuthError> {
        let asked = self.context.now();
        let platform = ComponentToken { manager: Arc::clone(self) };
        let refresh = Refresh { manager: Arc::clone(self), subject: subject.clone(), reason: reason.clone() };
        // Boxed, because it is large, and made only when it runs: many may wait in line.
        let refresh = move |queued| {
            Box::pin(async move {
                if queued {
                    refresh.note_queued(asked);
                }
                refresh.run(&platform).await
            })
        };
        let (manager, of, why) = (Arc::clone(self), subject.clone(), reason.clone());
        self.refreshes.join(subject, refresh, move |outcome| {
            let outcome = outcome.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
            manager.complete(&of, &why, outcome)
        })
    }

    /// The server refused `token`. Nothing happens when another one is at hand by now, or when a
    /// rejection has caused a refresh a moment ago: then the fault lies elsewhere.
    fn reject(&self, subject: &Subject, token: &AccessToken) {
        let now = self.context.now().monotonic;
        let policy = &self.context.policy;
        let rejected = self.tokens.update_existing(subject, |entry| entry.reject(token, now, policy));
        if let Some(recently_minted) = rejected.flatten() {
            let key = self.context.key(subject);
            self.context.note(&TokenEvent::Rejected { key: &key, recently_minted });
        }
    }

    fn is_rejected(&self, subject: &Subject, token: &AccessToken) -> bool {
        self.tokens.read(subject, |entry| entry.is_some_and(|entry| entry.is_rejected(token)))
    }

    /// Whether a token that was at hand lives on and has not been refused since.
    fn is_good(&self, subject: &Subject, cached: &CachedToken) -> bool {
        !cached.times.left(self.context.now()).is_zero() && !self.is_rejected(subject, &cached.token)
    }
}
