//! The tokens of one platform: its own, and those of the accounts that authorised it.

mod account;
mod authorizer_token;
mod component_token;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tcb_transport::Transport;
use tcb_types::authorization::{GetAuthorizerRefreshToken, GrantedAuthorization, StartPushTicket};
use tcb_types::{
    AuthorizationCode, AuthorizerAppId, Clock, ComponentAppId, ComponentSecret, RefreshToken, SystemClock,
    VerifyTicket,
};
use tokio::sync::oneshot;

use self::account::Account;
use crate::cache::{CachePolicy, Flights, Minted, TokenSlot};
use crate::{AccessToken, AuthError, AuthErrorKind, ExchangeError, exchange};

pub use authorizer_token::AuthorizerToken;
pub use component_token::ComponentToken;

/// How long a ticket can be used.
const TICKET_LIFE: Duration = Duration::from_secs(12 * 60 * 60);

/// The tokens of one third-party platform. Cheap to clone; all clones are one.
///
/// Tickets and authorisations go in, token sources come out: [`component`](Self::component) for calls of the platform itself,
/// [`authorizer`](Self::authorizer) for calls on behalf of an account. Each token is cached and refreshed ahead of its end by one
/// task for all callers.
///
/// What it knows it keeps in memory: after a restart it needs a ticket again, which comes within ten minutes, and the refresh
/// tokens, which the application has to hand back with [`restore`](Self::restore).
///
/// ```no_run
/// # async fn example(transport: impl tcb_transport::Transport + 'static) -> Result<(), tcb_auth::AuthError> {
/// use tcb_auth::{PlatformTokens, TokenSource};
///
/// let tokens = PlatformTokens::builder("wx_platform", "secret").transport(transport).build();
/// // From the callback: the ticket, and the code of a merchant's authorisation.
/// tokens.ticket("ticket@@@…", std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_413_192_605));
/// let granted = tokens.exchange_code("queryauthcode@@@…").await?;
/// let token = tokens.authorizer(&granted.app_id).token().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PlatformTokens {
    inner: Arc<Inner>,
}

struct Inner {
    app_id: ComponentAppId,
    secret: ComponentSecret,
    transport: Arc<dyn Transport>,
    flights: Arc<Flights>,
    ticket: Mutex<TicketState>,
    component: Arc<TokenSlot>,
    accounts: Mutex<HashMap<AuthorizerAppId, Arc<Account>>>,
}

struct TicketState {
    held: Option<HeldTicket>,
    waiting_since: SystemTime,
}

struct HeldTicket {
    ticket: VerifyTicket,
    created: SystemTime,
}

impl PlatformTokens {
    /// Starts to describe the tokens of the platform with this appid and secret.
    pub fn builder(
        app_id: impl Into<ComponentAppId>,
        secret: impl Into<ComponentSecret>,
    ) -> PlatformTokensBuilder<NoTransport> {
        PlatformTokensBuilder {
            app_id: app_id.into(),
            secret: secret.into(),
            transport: NoTransport,
            clock: Arc::new(SystemClock),
            policy: CachePolicy::default(),
        }
    }

    /// The platform's appid.
    pub fn app_id(&self) -> &ComponentAppId {
        &self.inner.app_id
    }

    /// Takes a pushed ticket in, with the push's `CreateTime`. An older ticket never replaces a newer one.
    pub fn ticket(&self, ticket: impl Into<VerifyTicket>, created: SystemTime) {
        let mut state = self.inner.ticket_state();
        if state.held.as_ref().is_none_or(|held| created >= held.created) {
            state.held = Some(HeldTicket { ticket: ticket.into(), created });
            drop(state);
            self.inner.component.forgive();
        }
    }

    /// Asks WeChat to push tickets, when they have stopped coming. It brings none by itself.
    ///
    /// # Errors
    ///
    /// When WeChat cannot be reached or refuses appid or secret.
    pub async fn start_push_ticket(&self) -> Result<(), AuthError> {
        let inner = &self.inner;
        let operation = StartPushTicket::new(&inner.app_id, inner.secret.clone());
        exchange(&*inner.transport, None, &operation, Some(inner.flights.policy.mint_timeout)).await?;
        Ok(())
    }

    /// The platform's own token.
    pub fn component(&self) -> ComponentToken {
        ComponentToken { inner: Arc::clone(&self.inner) }
    }

    /// The token that acts for `app_id`. Cheap; the token is fetched on first use.
    pub fn authorizer(&self, app_id: impl Into<AuthorizerAppId>) -> AuthorizerToken {
        let account = self.inner.account(app_id.into());
        AuthorizerToken { inner: Arc::clone(&self.inner), account }
    }

    /// Hands back a refresh token that the application stored. A newer one that came by an authorisation is kept.
    pub fn restore(&self, app_id: impl Into<AuthorizerAppId>, refresh_token: impl Into<RefreshToken>) {
        self.inner.account(app_id.into()).restore(refresh_token.into());
    }

    /// The refresh token of `app_id` as it is now, for the application to store. WeChat may change it with every refresh.
    pub fn refresh_token(&self, app_id: &AuthorizerAppId) -> Option<RefreshToken> {
        self.inner.account(app_id.clone()).refresh_token()
    }

    /// Takes an `authorized` or `updateauthorized` event in, with its `CreateTime`: the code is remembered at once and exchanged in
    /// the background, so the callback can be answered. An event that is older than the last one of the account is ignored, and
    /// so is a repeated one.
    pub fn authorized(
        &self,
        app_id: impl Into<AuthorizerAppId>,
        code: impl Into<AuthorizationCode>,
        created: SystemTime,
    ) {
        let account = self.inner.account(app_id.into());
        if account.authorized(code.into(), created) {
            // Without a runtime the exchange starts with the first call for the account.
            let _ = account.slot.refresh(&self.inner.flights, || self.inner.mint_authorizer(&account));
        }
    }

    /// Takes an `unauthorized` event in, with its `CreateTime`: the account's tokens are forgotten.
    pub fn unauthorized(&self, app_id: impl Into<AuthorizerAppId>, created: SystemTime) {
        self.inner.account(app_id.into()).unauthorized(created);
    }

    /// Exchanges the code that the redirect of an authorisation brought, and keeps the tokens. The exchange runs to its end even
    /// when the caller goes away.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::NeedsReauthorization`] when the code is used or too old, otherwise as for any token call.
    pub async fn exchange_code(
        &self,
        code: impl Into<AuthorizationCode>,
    ) -> Result<GrantedAuthorization, AuthError> {
        let (send, receive) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        let code = code.into();
        self.inner.flights.admit()?.spawn(async move {
            let outcome = inner.exchange_code(&code).await;
            // Nobody may be left to hear it; the tokens are kept either way.
            let _ = send.send(outcome);
        });
        receive.await.unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::Unavailable)))
    }

    /// Refuses new token calls and waits for those that are on, for `deadline` at most, so that none of their results is lost. Answers
    /// whether all have ended.
    pub async fn close(&self, deadline: Duration) -> bool {
        self.inner.flights.close(deadline).await
    }
}

impl fmt::Debug for PlatformTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTokens")
            .field("app_id", &self.app_id)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn ticket_state(&self) -> MutexGuard<'_, TicketState> {
        self.ticket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self, app_id: AuthorizerAppId) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = accounts.get(&app_id) {
            return Arc::clone(account);
        }
        let account = Arc::new(Account::new(app_id.clone()));
        accounts.insert(app_id, Arc::clone(&account));
        account
    }

    /// The newest ticket, while it can be used.
    fn usable_ticket(&self) -> Result<VerifyTicket, AuthError> {
        let mut state = self.ticket_state();
        let now = self.flights.clock.wall();
        match &state.held {
            Some(held) if now.duration_since(held.created).unwrap_or_default() < TICKET_LIFE => {
                Ok(held.ticket.clone())
            }
            Some(held) => {
                state.waiting_since = held.created + TICKET_LIFE;
                Err(AuthError::new(AuthErrorKind::NoTicket { since: state.waiting_since }))
            }
            None => Err(AuthError::new(AuthErrorKind::NoTicket { since: state.waiting_since })),
        }
    }

    async fn component_token(self: &Arc<Self>) -> Result<AccessToken, AuthError> {
        self.component.token(&self.flights, || component_token::mint(Arc::clone(self))).await
    }

    fn mint_authorizer(
        self: &Arc<Self>,
        account: &Arc<Account>,
    ) -> impl Future<Output = Result<Minted, AuthError>> + Send + use<> {
        authorizer_token::mint(Arc::clone(self), Arc::clone(account))
    }

    /// Makes a call with the platform's token. When exactly this token is refused, so that nothing was executed, it is made once
    /// more with the next one.
    async fn component_call<O: tcb_types::Operation>(
        self: &Arc<Self>,
        operation: &O,
    ) -> Result<O::Response, AuthError> {
        let timeout = Some(self.flights.policy.mint_timeout);
        let token = self.component_token().await?;
        let refused = match exchange(&*self.transport, Some(&token), operation, timeout).await {
            Err(ExchangeError::Api(error)) if ComponentToken::refused_by(&error) => ExchangeError::Api(error),
            answer => return Ok(answer?),
        };
        self.component.reject(&token, &self.flights);
        let next = self.component_token().await?;
        if next == token {
            return Err(refused.into());
        }
        Ok(exchange(&*self.transport, Some(&next), operation, timeout).await?)
    }

    async fn exchange_code(
        self: &Arc<Self>,
        code: &AuthorizationCode,
    ) -> Result<GrantedAuthorization, AuthError> {
        let asked_at = self.flights.now();
        let operation = GetAuthorizerRefreshToken::new(&self.app_id, code.clone());
        let granted = self.component_call(&operation).await?.authorization_info;
        let account = self.account(granted.app_id.clone());
        account.granted(&granted, code, asked_at.wall);
        if let (Some(token), Some(seconds)) = (&granted.access_token, granted.expires_in) {
            let token = AccessToken::authorizer(token.clone());
            if let Ok(minted) = checked(token, seconds, asked_at) {
                account.slot.put(minted, &self.flights.policy);
            }
        }
        Ok(granted)
    }
}

/// A token that an answer brought, if it can be one.
fn checked(token: AccessToken, seconds: u64, asked_at: crate::cache::Now) -> Result<Minted, AuthError> {
    const LONGEST: usize = 4096;
    let length = token.value().expose().len();
    if length == 0 || length > LONGEST || !(60..=86_400).contains(&seconds) {
        return Err(AuthError::new(AuthErrorKind::Malformed));
    }
    Ok(Minted { token, expires_in: Duration::from_secs(seconds), asked_at })
}

/// Stands for the transport that has not been set yet.
#[derive(Clone, Copy, Debug)]
pub struct NoTransport;

/// Describes the tokens of a platform. Only the transport has to be set.
pub struct PlatformTokensBuilder<T> {
    app_id: ComponentAppId,
    secret: ComponentSecret,
    transport: T,
    clock: Arc<dyn Clock>,
    policy: CachePolicy,
}

impl<T> PlatformTokensBuilder<T> {
    /// The transport that the token calls go through.
    #[must_use]
    pub fn transport<U: Transport + 'static>(
        self,
        transport: U,
    ) -> PlatformTokensBuilder<Arc<dyn Transport>> {
        PlatformTokensBuilder {
            app_id: self.app_id,
            secret: self.secret,
            transport: Arc::new(transport),
            clock: self.clock,
            policy: self.policy,
        }
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Other times for the cache.
    #[must_use]
    pub fn policy(self, policy: CachePolicy) -> Self {
        Self { policy, ..self }
    }
}

impl PlatformTokensBuilder<Arc<dyn Transport>> {
    /// The tokens. Nothing is fetched yet.
    pub fn build(self) -> PlatformTokens {
        let waiting_since = self.clock.wall();
        PlatformTokens {
            inner: Arc::new(Inner {
                app_id: self.app_id,
                secret: self.secret,
                transport: self.transport,
                flights: Arc::new(Flights::new(self.clock, self.policy)),
                ticket: Mutex::new(TicketState { held: None, waiting_since }),
                component: Arc::default(),
                accounts: Mutex::default(),
            }),
        }
    }
}

impl<T> fmt::Debug for PlatformTokensBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTokensBuilder").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
