//! The tokens of one platform: its own, and those of the accounts that authorised it.

mod calls;
mod codes;
mod context;
mod events;
mod maintain;
mod manager;
mod reconcile;
mod records;
mod recovery;
mod redirect;
mod refresh;
mod serve;
mod upstream;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_transport::Transport;
use tcb_types::authorization::GrantedAuthorization;
use tcb_types::{
    AuthorizationCode, AuthorizerAppId, Clock, ComponentAppId, ComponentSecret, RefreshToken, SystemClock,
    VerifyTicket,
};
use tokio::sync::oneshot;

use self::context::Context;
use self::manager::Manager;
use self::records::Records;
use self::upstream::Upstream;
use crate::cache::{CachePolicy, Clocks, SingleFlight, TokenMap};
use crate::observer::Metrics;
use crate::store::Cipher;
use crate::{
    AuthError, AuthErrorKind, MemoryStore, Observer, Reconciled, RefreshCounts, Subject, TokenCounters,
    TokenEvent, TokenKey, TokenStore,
};

pub use serve::{AuthorizerToken, ComponentToken};

/// The tokens of one third-party platform. Cheap to clone; all clones are one.
///
/// Tickets and authorisations go in, token sources come out: [`component`](Self::component) for
/// calls of the platform itself, [`authorizer`](Self::authorizer) for calls on behalf of an
/// account. Each token is cached and refreshed ahead of its end, by one task of one process for all
/// callers of all processes that share the store.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = tcb_emulator::Emulator::builder().in_process()?;
/// # let (app_id, secret) = (emulator.component().app_id.clone(), emulator.component().secret.clone());
/// # let transport = tcb_emulator_transport::EmulatorTransport::new(&emulator);
/// # let (ticket, pushed_at) = (emulator.ticket(&app_id)?, emulator.now());
/// # let shop = emulator.add_merchant(tcb_emulator::Merchant::new());
/// # let code = emulator.authorize(&app_id, &shop, [18, 49]).await?;
/// use tcb_auth::{PlatformTokens, TokenSource};
///
/// let tokens = PlatformTokens::builder(app_id, secret)
///     .transport(transport)
/// #   .clock(emulator.clock())
///     .build();
/// tokens.ticket(ticket, pushed_at).await?;         // from the callback
/// let granted = tokens.exchange_code(code).await?; // from the redirect
///
/// let component = tokens.component();                  // for the platform's own calls
/// let authorizer = tokens.authorizer(&granted.app_id); // for calls on behalf of the merchant
/// assert_ne!(component.token().await?.value(), authorizer.token().await?.value());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PlatformTokens {
    manager: Arc<Manager>,
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
            store: None,
            cipher: None,
            clock: Arc::new(SystemClock),
            policy: CachePolicy::default(),
            observer: None,
        }
    }

    /// The platform's appid.
    pub fn app_id(&self) -> &ComponentAppId {
        &self.manager.context.app_id
    }

    /// Takes a pushed ticket in, with the push's `CreateTime`, and stores it. An older ticket never
    /// replaces a newer one.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::StoreUnavailable`]: it is not stored, so the push must not be answered with
    /// `success`.
    pub async fn ticket(
        &self,
        ticket: impl Into<VerifyTicket> + Send,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        self.manager.take_ticket(ticket.into(), created).await
    }

    /// How old the newest ticket is. WeChat pushes one every ten minutes, and one lasts for twelve
    /// hours.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn ticket_age(&self) -> Result<Option<Duration>, AuthError> {
        self.manager.ticket_age().await
    }

    /// Asks WeChat to push tickets, when they have stopped coming. It brings none by itself.
    ///
    /// # Errors
    ///
    /// When WeChat cannot be reached or refuses appid or secret.
    pub async fn start_push_ticket(&self) -> Result<(), AuthError> {
        self.manager.upstream.start_push_ticket().await
    }

    /// The platform's own token.
    pub fn component(&self) -> ComponentToken {
        ComponentToken { manager: Arc::clone(&self.manager) }
    }

    /// The token that acts for `app_id`. Cheap; the token is minted on first use.
    pub fn authorizer(&self, app_id: impl Into<AuthorizerAppId>) -> AuthorizerToken {
        AuthorizerToken { manager: Arc::clone(&self.manager), subject: Subject::Authorizer(app_id.into()) }
    }

    /// Hands in a refresh token that the application has, for an account of which nothing is stored
    /// yet. What the store knows is kept.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::StoreUnavailable`]: it is not stored.
    pub async fn restore(
        &self,
        app_id: impl Into<AuthorizerAppId> + Send,
        refresh_token: impl Into<RefreshToken> + Send,
    ) -> Result<(), AuthError> {
        self.manager.restore(Subject::Authorizer(app_id.into()), refresh_token.into()).await
    }

    /// The refresh token of `app_id` as it is stored. WeChat may change it with every refresh.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn refresh_token(&self, app_id: &AuthorizerAppId) -> Result<Option<RefreshToken>, AuthError> {
        let held = self.manager.records.load(&Subject::Authorizer(app_id.clone())).await?;
        Ok(held.record.refresh_token().cloned())
    }

    /// Takes an `authorized` or `updateauthorized` event in, with its `CreateTime`: the code is
    /// stored, and exchanged in the background, so the callback can be answered. An event that is
    /// older than the last one of the account is ignored, and so is a repeated one.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::StoreUnavailable`]: it is not stored, so the push must not be answered with
    /// `success`.
    pub async fn authorized(
        &self,
        app_id: impl Into<AuthorizerAppId> + Send,
        code: impl Into<AuthorizationCode> + Send,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        self.manager.authorized(Subject::Authorizer(app_id.into()), code.into(), created).await
    }

    /// Takes an `unauthorized` event in, with its `CreateTime`: the account's tokens are forgotten.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::StoreUnavailable`]: it is not stored, so the push must not be answered with
    /// `success`.
    pub async fn unauthorized(
        &self,
        app_id: impl Into<AuthorizerAppId> + Send,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        self.manager.unauthorized(Subject::Authorizer(app_id.into()), created).await
    }

    /// Writes each record of the platform anew that is in the clear, or encrypted with another key
    /// than the one that the `Cipher` writes with. Returns how many those were; without a cipher
    /// there are none. Run it once the cipher is set, and before an old key is taken away. Records
    /// of codes are left out: they end by themselves within minutes.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::StoreUnavailable`]: the store cannot be used, or a record cannot be read.
    /// What was written before is.
    pub async fn reencrypt(&self) -> Result<usize, AuthError> {
        self.manager.records.reencrypt().await
    }

    /// Exchanges the code that the redirect of an authorisation brought, and stores the tokens. The
    /// exchange runs to its end even when the caller goes away.
    ///
    /// The push of the authorisation brings the same code, and so does a page that is loaded again.
    /// When the code has been exchanged before, in any process that shares the store and within
    /// [`CachePolicy::code_life`], the answer is the account's authorisation as it stands now: the
    /// access token has lived for a while then, and
    /// [`expires_in`](GrantedAuthorization::expires_in) says how much is left.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::NeedsReauthorization`] when the code was used elsewhere or is too old, or
    /// the account has cancelled since; otherwise as for any token call.
    pub async fn exchange_code(
        &self,
        code: impl Into<AuthorizationCode> + Send,
    ) -> Result<GrantedAuthorization, AuthError> {
        let (send, receive) = oneshot::channel();
        let manager = Arc::clone(&self.manager);
        let code = code.into();
        self.manager.refreshes.spawn(async move {
            let outcome = manager.exchange_code(&code).await;
            // Nobody may be left to hear it; the tokens are stored either way.
            let _ = send.send(outcome);
        })?;
        receive.await.unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::Unavailable)))
    }

    /// Compares what is stored with WeChat's list of authorised accounts and repairs it: refresh
    /// tokens that are missing or differ, accounts that cancelled while pushes were missed. Run it
    /// at the start and once a day, or have [`maintain`](Self::maintain) do it; it makes one call
    /// for 500 accounts, and one to getAuthorizerInfo for each account that is stored and not
    /// listed, since only its refusal shows that the account has cancelled.
    ///
    /// # Errors
    ///
    /// When the list or the store cannot be read. What was repaired until then stays repaired.
    pub async fn reconcile(&self) -> Result<Reconciled, AuthError> {
        self.manager.reconcile().await
    }

    /// What a service needs besides its pushes, as one future that never fails. It waits for the
    /// first ticket, [reconciles](Self::reconcile), and does so again every day; it looks at the
    /// age of the ticket every five minutes, reports one that is old or missing
    /// ([`TokenEvent::TicketOld`], [`TokenEvent::TicketMissing`]) and asks WeChat to push tickets
    /// then, at most every half an hour. What goes wrong is reported
    /// ([`TokenEvent::MaintenanceFailed`], [`TokenEvent::StoreFailed`]) and tried again after a
    /// pause.
    ///
    /// It ends when the tokens are [closed](Self::close), or at once outside a tokio runtime;
    /// dropping it is fine at any time. One process of those that share a store is enough; each
    /// that runs it reads WeChat's list once a day.
    ///
    /// ```no_run
    /// # fn example(tokens: tcb_auth::PlatformTokens) {
    /// tokio::spawn(tokens.maintain());
    /// # }
    /// ```
    #[must_use = "it does nothing unless it is spawned or awaited"]
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&self.manager).maintain()
    }

    /// Counts since the start of the process.
    pub fn counters(&self) -> TokenCounters {
        self.manager.context.metrics.counters()
    }

    /// How many refreshes run and how many wait in line, now.
    pub fn refreshes(&self) -> RefreshCounts {
        let (running, queued) = self.manager.refreshes.counts();
        RefreshCounts { running, queued }
    }

    /// Refuses new token calls and waits for those that are on or in line, for `deadline` at most,
    /// so that none of their results is lost; until then, storing what they brought is tried again
    /// and again. Returns whether all have ended. When they have not, [`unsaved`](Self::unsaved)
    /// tells what may be lost, and so do [`TokenEvent::Abandoned`](crate::TokenEvent::Abandoned)
    /// events.
    pub async fn close(&self, deadline: Duration) -> bool {
        let ended = self.manager.refreshes.close(deadline).await;
        for key in &self.unsaved() {
            self.manager.context.note(&TokenEvent::Abandoned { key });
        }
        ended
    }

    /// Whose tokens WeChat has given and the store has not taken yet. If the process ends now, the
    /// recovery has to find their refresh tokens.
    pub fn unsaved(&self) -> Vec<TokenKey> {
        self.manager.records.unsaved()
    }
}

impl fmt::Debug for PlatformTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.manager.fmt(f)
    }
}

/// Stands for the transport that has not been set yet.
#[derive(Clone, Copy, Debug)]
pub struct NoTransport;

/// Describes the tokens of a platform. Only the transport has to be set.
#[must_use]
pub struct PlatformTokensBuilder<T> {
    app_id: ComponentAppId,
    secret: ComponentSecret,
    transport: T,
    store: Option<Arc<dyn TokenStore>>,
    cipher: Option<Cipher>,
    clock: Arc<dyn Clock>,
    policy: CachePolicy,
    observer: Option<Arc<dyn Observer>>,
}

impl<T> PlatformTokensBuilder<T> {
    /// Sets the transport that the token calls go through.
    pub fn transport<U: Transport + 'static>(
        self,
        transport: U,
    ) -> PlatformTokensBuilder<Arc<dyn Transport>> {
        PlatformTokensBuilder {
            app_id: self.app_id,
            secret: self.secret,
            transport: Arc::new(transport),
            store: self.store,
            cipher: self.cipher,
            clock: self.clock,
            policy: self.policy,
            observer: self.observer,
        }
    }

    /// Sets where tokens and authorisations are kept; in the memory of the process if not set.
    pub fn store(self, store: impl TokenStore + 'static) -> Self {
        Self { store: Some(Arc::new(store)), ..self }
    }

    /// Encrypts what the store keeps; it is in the clear if not set.
    #[cfg(feature = "cipher")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cipher")))]
    pub fn cipher(self, cipher: Cipher) -> Self {
        Self { cipher: Some(cipher), ..self }
    }

    /// Sets another clock, for tests.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Sets the times of the cache.
    pub fn policy(self, policy: CachePolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets who hears what happens.
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }
}

impl PlatformTokensBuilder<Arc<dyn Transport>> {
    /// Builds the tokens. Nothing is minted yet.
    pub fn build(self) -> PlatformTokens {
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::new().clock(Arc::clone(&self.clock))));
        let tokens = TokenMap::new(self.policy.capacity);
        let refreshes = Arc::new(SingleFlight::new(self.policy.refreshes_at_once));
        let context = Arc::new(Context {
            app_id: self.app_id,
            started: self.clock.wall(),
            clocks: Clocks::new(self.clock),
            policy: self.policy,
            metrics: Metrics::new(self.observer),
        });
        let manager = Manager {
            records: Records::new(Arc::clone(&context), store, self.cipher),
            upstream: Upstream::new(Arc::clone(&context), self.transport, self.secret),
            tokens,
            refreshes,
            context,
        };
        PlatformTokens { manager: Arc::new(manager) }
    }
}

impl<T> fmt::Debug for PlatformTokensBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTokensBuilder").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
