use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tcb_types::authorization::GrantedAuthorization;
use tcb_types::{AuthorizationCode, AuthorizerAppId, RefreshToken};

use crate::cache::TokenSlot;
use crate::{AuthError, AuthErrorKind};

/// One account: its cached token and what a new one is made of.
pub(super) struct Account {
    pub(super) app_id: AuthorizerAppId,
    pub(super) slot: Arc<TokenSlot>,
    authorization: Mutex<Authorization>,
}

/// The standing of an account's authorisation. Events change it in the order of their `CreateTime`, however they arrive.
#[derive(Default)]
struct Authorization {
    refresh_token: Option<RefreshToken>,
    /// A code that an event brought and that has not been exchanged yet.
    code: Option<AuthorizationCode>,
    /// The last code that was exchanged, so that its second delivery is recognised.
    exchanged: Option<AuthorizationCode>,
    /// When the last event that counted was made.
    changed: Option<SystemTime>,
}

/// What the next token of an account is made of.
pub(super) enum Credential {
    Code(AuthorizationCode),
    RefreshToken,
}

impl Account {
    pub(super) fn new(app_id: AuthorizerAppId) -> Self {
        Self { app_id, slot: Arc::default(), authorization: Mutex::default() }
    }

    /// Remembers the code of an event. Answers whether it has to be exchanged.
    pub(super) fn authorized(&self, code: AuthorizationCode, created: SystemTime) -> bool {
        let mut state = self.authorization();
        let known = state.code.as_ref() == Some(&code) || state.exchanged.as_ref() == Some(&code);
        if known || state.changed.is_some_and(|changed| created < changed) {
            return false;
        }
        state.code = Some(code);
        state.changed = Some(created);
        drop(state);
        self.slot.forgive();
        true
    }

    pub(super) fn unauthorized(&self, created: SystemTime) {
        let mut state = self.authorization();
        if state.changed.is_some_and(|changed| created < changed) {
            return;
        }
        *state = Authorization {
            changed: Some(created),
            exchanged: state.exchanged.take(),
            ..Authorization::default()
        };
        drop(state);
        self.slot.clear();
    }

    /// Keeps what the exchange of `code` brought.
    pub(super) fn granted(&self, granted: &GrantedAuthorization, code: &AuthorizationCode, at: SystemTime) {
        let mut state = self.authorization();
        if let Some(token) = granted.refresh_token.as_ref().filter(|token| !token.is_empty()) {
            state.refresh_token = Some(token.clone());
        }
        if state.code.as_ref() == Some(code) {
            state.code = None;
        } else {
            // The code came by the redirect, which bears no time of its own.
            state.changed = state.changed.max(Some(at));
        }
        state.exchanged = Some(code.clone());
    }

    pub(super) fn restore(&self, refresh_token: RefreshToken) {
        let mut state = self.authorization();
        if state.refresh_token.is_none() && state.changed.is_none() {
            state.refresh_token = Some(refresh_token);
            drop(state);
            self.slot.forgive();
        }
    }

    /// A refresh with `used` brought `next`. It is kept unless an event has changed the authorisation meanwhile.
    pub(super) fn rotated(&self, used: &RefreshToken, next: RefreshToken) {
        let mut state = self.authorization();
        if !next.is_empty() && state.refresh_token.as_ref() == Some(used) {
            state.refresh_token = Some(next);
        }
    }

    pub(super) fn refresh_token(&self) -> Option<RefreshToken> {
        self.authorization().refresh_token.clone()
    }

    pub(super) fn credential(&self) -> Result<Credential, AuthError> {
        let state = self.authorization();
        match (&state.code, &state.refresh_token) {
            (Some(code), _) => Ok(Credential::Code(code.clone())),
            (None, Some(_)) => Ok(Credential::RefreshToken),
            (None, None) => Err(AuthError::new(AuthErrorKind::NotAuthorized)),
        }
    }

    /// Gives up a code that cannot be exchanged. Answers whether a refresh token is there to go on with.
    pub(super) fn drop_code(&self, code: &AuthorizationCode) -> bool {
        let mut state = self.authorization();
        if state.code.as_ref() == Some(code) {
            state.code = None;
        }
        state.refresh_token.is_some()
    }

    fn authorization(&self) -> MutexGuard<'_, Authorization> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
