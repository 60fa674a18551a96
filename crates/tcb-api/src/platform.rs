use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "cipher")]
use tcb_auth::Cipher;
use tcb_auth::{AuthorizationLink, CachePolicy, Observer, PlatformTokens, TokenStore};
use tcb_transport::{BaseUrl, Targets, Transport};
use tcb_types::authorization::GetPreAuthCode;
use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, ComponentSecret, Operation, SystemClock};

use crate::budget::Budgets;
use crate::build::{BuildError, TransportChoice};
use crate::call::Caller;
use crate::{Client, Error, Paged, Pager, RetryPolicy};

/// A third-party platform: its own calls, its tokens, and a client for each merchant. Cheap to
/// clone; all clones share one state.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tcb_api::types::cloudbase_common::CloudUser;
/// use tcb_api::CreateCloudUser;
///
/// # let (emulator, platform, _shop) = stage().await;
/// # let app_id = emulator.merchants()[0].appid.clone();
/// let shop = platform.authorizer(app_id); // a client for each merchant
/// if shop.send(CreateCloudUser::new()).await? != CloudUser::Opened {
///     println!("the administrator has to agree first");
/// }
/// let shared = platform.envs().list().await?; // the platform's own environments
/// # assert!(shared.envs.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Platform {
    tokens: PlatformTokens,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    budgets: Arc<Budgets>,
    own: Client,
}

impl Platform {
    /// Starts a builder for the platform with this appid and secret.
    pub fn builder(app_id: impl Into<ComponentAppId>, secret: impl Into<ComponentSecret>) -> PlatformBuilder {
        PlatformBuilder {
            app_id: app_id.into(),
            secret: secret.into(),
            transport: TransportChoice::default(),
            clock: Arc::new(SystemClock),
            policy: RetryPolicy::default(),
            cache: CachePolicy::default(),
            store: None,
            #[cfg(feature = "cipher")]
            cipher: None,
            observer: None,
        }
    }

    /// The platform's appid.
    pub fn app_id(&self) -> &ComponentAppId {
        self.tokens.app_id()
    }

    /// The platform's tokens: tickets and authorisations go in here.
    pub fn tokens(&self) -> &PlatformTokens {
        &self.tokens
    }

    /// A client that acts for `app_id`. Cheap; its token is fetched with the first call.
    pub fn authorizer(&self, app_id: impl Into<AuthorizerAppId>) -> Client {
        let app_id = app_id.into();
        let source = self.tokens.authorizer(&app_id);
        let caller = Caller {
            transport: Arc::clone(&self.transport),
            source: Arc::new(source),
            clock: Arc::clone(&self.clock),
            policy: self.policy,
            budgets: Arc::clone(&self.budgets),
            targets: Targets::default(),
        };
        Client::from_parts(caller, Some(app_id.as_str()))
    }

    /// The client of the platform itself, which calls with its own token.
    pub fn client(&self) -> &Client {
        &self.own
    }

    /// Sends an operation with the platform's own token.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn send<O: Operation>(&self, operation: O) -> Result<O::Response, Error> {
        self.own.send(operation).await
    }

    /// Lists with the platform's own token, page after page, like [`Client::stream`].
    pub fn stream<O: Paged>(&self, operation: O) -> Pager<O> {
        self.own.stream(operation)
    }

    /// A link by which a merchant's administrator authorises the platform, and which leads back to
    /// `redirect`. Ask for one per visit: its code is good for one authorisation, and for some
    /// minutes.
    ///
    /// ```
    /// # async fn example(platform: tcb_api::Platform) -> Result<(), tcb_api::Error> {
    /// use tcb_api::types::permission::{CLOUD_DEVELOPMENT, DEVELOPMENT_AND_ANALYSIS};
    ///
    /// let link = platform.authorization_link("https://console.example.com/authorized").await?;
    /// let link = link.permission_sets([CLOUD_DEVELOPMENT, DEVELOPMENT_AND_ANALYSIS]);
    /// let href = link.for_desktop();
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn authorization_link(
        &self,
        redirect: impl Into<String> + Send,
    ) -> Result<AuthorizationLink, Error> {
        let code = self.send(GetPreAuthCode::new(self.app_id())).await?.pre_auth_code;
        Ok(AuthorizationLink::new(self.app_id(), code, redirect))
    }

    /// Does what a service needs besides receiving pushes. Spawn it; see
    /// [`PlatformTokens::maintain`].
    ///
    /// ```no_run
    /// # fn example(platform: tcb_api::Platform) {
    /// tokio::spawn(platform.maintain());
    /// # }
    /// ```
    #[must_use = "it does nothing unless it is spawned or awaited"]
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + use<> {
        self.tokens.maintain()
    }

    /// Waits for token calls that are under way, so that none of their results is lost, for at most
    /// `deadline`. Returns whether all of them have ended. No token is fetched afterwards.
    pub async fn close(&self, deadline: Duration) -> bool {
        self.tokens.close(deadline).await
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform")
            .field("app_id", self.app_id())
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Platform`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use tcb_api::auth::MemoryStore;
/// use tcb_api::{Platform, RetryPolicy};
///
/// # let (emulator, _platform, _shop) = stage().await;
/// # let credentials = emulator.component().clone();
/// # let transport = tcb_emulator_transport::EmulatorTransport::new(&emulator);
/// # let (ticket, pushed_at) = (emulator.ticket(&credentials.app_id)?, emulator.now());
/// let platform = Platform::builder(&credentials.app_id, credentials.secret)
///     .transport(transport)        // without one the hyper backend is used
///     .store(MemoryStore::default()) // or one that outlasts the process
///     .retry(RetryPolicy::default().deadline(Duration::from_secs(10)))
///     .build()?;
/// platform.tokens().ticket(ticket, pushed_at).await?; // from the callback
/// assert!(platform.envs().list().await?.envs.is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct PlatformBuilder {
    app_id: ComponentAppId,
    secret: ComponentSecret,
    transport: TransportChoice,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    cache: CachePolicy,
    store: Option<Arc<dyn TokenStore>>,
    #[cfg(feature = "cipher")]
    cipher: Option<Cipher>,
    observer: Option<Arc<dyn Observer>>,
}

impl PlatformBuilder {
    /// Sets the transport that all requests go through, those for tokens included, in place of the
    /// default backend.
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: self.transport.custom(transport), ..self }
    }

    /// Sets where the default backend finds the API, for every call, those for tokens included;
    /// `https://api.weixin.qq.com` by default.
    pub fn base_url(self, base_url: BaseUrl) -> Self {
        Self { transport: self.transport.base_url(base_url), ..self }
    }

    /// Sets where tokens and authorisations are kept; in the memory of the process by default.
    pub fn store(self, store: impl TokenStore + 'static) -> Self {
        Self { store: Some(Arc::new(store)), ..self }
    }

    /// Encrypts what the store keeps; it is not encrypted by default.
    #[cfg(feature = "cipher")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cipher")))]
    pub fn cipher(self, cipher: Cipher) -> Self {
        Self { cipher: Some(cipher), ..self }
    }

    /// Sets who is told what happens to the tokens.
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// Sets how calls are repeated.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets the times of the token cache.
    pub fn cache(self, cache: CachePolicy) -> Self {
        Self { cache, ..self }
    }

    /// Sets another clock, for tests.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Builds the platform. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] when something is missing or contradicts itself.
    pub fn build(self) -> Result<Platform, BuildError> {
        let transport = self.transport.build()?;
        let mut tokens = PlatformTokens::builder(self.app_id, self.secret)
            .transport(Arc::clone(&transport))
            .clock(Arc::clone(&self.clock))
            .policy(self.cache);
        if let Some(store) = self.store {
            tokens = tokens.store(store);
        }
        #[cfg(feature = "cipher")]
        if let Some(cipher) = self.cipher {
            tokens = tokens.cipher(cipher);
        }
        if let Some(observer) = self.observer {
            tokens = tokens.observer(observer);
        }
        let tokens = tokens.build();
        let budgets = Arc::new(Budgets::default());
        let caller = Caller {
            transport: Arc::clone(&transport),
            source: Arc::new(tokens.component()),
            clock: Arc::clone(&self.clock),
            policy: self.policy,
            budgets: Arc::clone(&budgets),
            targets: Targets::default(),
        };
        let own = Client::from_parts(caller, Some(tokens.app_id().as_str()));
        Ok(Platform { tokens, transport, clock: self.clock, policy: self.policy, budgets, own })
    }
}
