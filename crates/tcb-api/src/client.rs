use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tcb_auth::TokenSource;
use tcb_transport::{BaseUrl, Response, Targets, Transport, prepare};
use tcb_types::{
    Clock, EnvId, Operation, RawResponse, Scrubber, SystemClock, read_raw_response, read_response,
};
use tracing::Instrument as _;

use crate::budget::Budgets;
use crate::build::{BuildError, BuildErrorKind, TransportChoice};
use crate::call::{Call, Caller, Template};
use crate::error::Cause;
use crate::{Error, ErrorKind, RawCall, Repeats, RetryPolicy};

/// Makes calls with the tokens of one source. Cheap to clone; all clones share one state.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tcb_api::{Client, CreateEnv, CreateFunction, StaticToken};
///
/// # let (emulator, platform, _shop) = stage().await;
/// # use tcb_api::auth::TokenSource as _;
/// # let wire = tcb_emulator_transport::EmulatorTransport::new(&emulator);
/// # let source = platform.tokens().authorizer(emulator.merchants()[0].appid.clone());
/// # let token = StaticToken::new(source.token().await?.value().expose());
/// let tcb = Client::builder()
///     .token(token) // StaticToken::new("61_abc"), or a source that keeps it fresh
/// #   .transport(wire)
///     .build()?;
/// let env = tcb.send(CreateEnv::postpaid("shop-prod")).await?.id;
/// tcb.send(CreateFunction::new(&env, "hello")).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    caller: Arc<Caller>,
    app_id: Option<Arc<str>>,
}

impl Client {
    /// Starts a builder. A token source has to be set; the default backend is used unless you set a
    /// transport.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_parts(caller: Caller, app_id: Option<&str>) -> Self {
        Self { caller: Arc::new(caller), app_id: app_id.map(Arc::from) }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Sends `operation`, by value or by reference, and returns its answer.
    ///
    /// What may be repeated is repeated: reads and idempotent writes when the API fails, everything
    /// when nothing was sent or WeChat refused the token. A create that may have been executed is
    /// never repeated.
    ///
    /// # Errors
    ///
    /// An [`Error`] whose [kind](Error::kind) says what to do.
    pub async fn send<O: Operation>(&self, operation: O) -> Result<O::Response, Error> {
        self.send_seeing(operation, |_| ()).await
    }

    /// As [`send`](Self::send); `see` gets the body of the answer too.
    pub(crate) async fn send_seeing<O: Operation>(
        &self,
        operation: O,
        mut see: impl FnMut(&[u8]) + Send,
    ) -> Result<O::Response, Error> {
        let spec = O::SPEC;
        let span = self.span(spec.id, operation.environment());
        let write = || prepare(&operation);
        let call = Call {
            operation: spec.id,
            class: spec.class,
            tokens: spec.tokens,
            request: Template::Written(&write),
            secrets: &operation.secrets(),
            secret_response: spec.secret_response,
        };
        let read = |response: &Response, scrubber: &Scrubber<'_>| {
            let answer = read_response::<O>(response.body(), scrubber)?;
            see(response.body());
            Ok(answer)
        };
        self.caller.run(&call, read).instrument(span).await
    }

    /// Makes a call that the SDK has no type for, with the same tokens, retries and care for
    /// secrets.
    ///
    /// ```
    /// # async fn example(tcb: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// use tcb_api::RawCall;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Quota { daily_limit: u64 }
    /// #[derive(serde::Deserialize)]
    /// struct Answer { quota: Quota }
    ///
    /// let call = RawCall::post("/cgi-bin/openapi/quota/get").member("cgi_path", "/tcb/createfunction").read();
    /// let answer = tcb.call_raw::<Answer>(call).await?;
    /// if !answer.has_errcode {
    ///     println!("perhaps this is not WeChat: {}", answer.value.quota.daily_limit);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Nothing is known of what such a call answers, so JSON without an `errcode` is taken as it
    /// is; look at [`RawResponse::has_errcode`] where it matters who answered.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn call_raw<T: DeserializeOwned + Send>(
        &self,
        mut call: RawCall,
    ) -> Result<RawResponse<T>, Error> {
        let operation = call.path.clone();
        let secrets = std::mem::take(&mut call.secrets);
        let (class, tokens, secret_response) = (call.class, call.tokens, call.secret_response);
        let request = call.request().map_err(|error| not_sendable(&operation, error))?;
        let span = self.span(&operation, None);
        let call = Call {
            operation: &operation,
            class,
            tokens,
            secrets: &secrets.iter().collect::<Vec<_>>(),
            secret_response,
            request: Template::Kept(request),
        };
        let read =
            |response: &Response, scrubber: &Scrubber<'_>| read_raw_response::<T>(response.body(), scrubber);
        self.caller.run(&call, read).instrument(span).await
    }

    /// What is left of the repeats that calls may make: first to the API host, then to each host
    /// that a link has led to. The clients of a platform have one budget for each host together,
    /// and any other client has its own.
    ///
    /// A repeat is paid for, so that many callers do not hammer an API that fails: 35 are there at
    /// first, one more comes with each second and with every 14 calls that succeed at once, and a
    /// repeat that succeeds costs nothing.
    ///
    /// ```
    /// # fn example(platform: tcb_api::Platform) {
    /// for repeats in platform.client().repeats() {
    ///     let host = repeats.host.as_deref().unwrap_or("API");
    ///     println!("{host}: {} left, {} made, {} refused", repeats.left, repeats.made, repeats.refused);
    /// }
    /// # }
    /// ```
    pub fn repeats(&self) -> Vec<Repeats> {
        self.caller.budgets.repeats(self.caller.clock.monotonic())
    }

    fn span(&self, operation: &str, env: Option<&EnvId>) -> tracing::Span {
        tracing::info_span!(
            "tcb.call",
            operation,
            appid = self.app_id.as_deref(),
            env = env.map(EnvId::as_str)
        )
    }
}

fn not_sendable(operation: &str, error: tcb_types::EncodeError) -> Error {
    Error::new(ErrorKind::Request, operation, 0, Cause::Attempt(error.into()))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app_id", &self.app_id)
            .field("transport", &self.caller.transport)
            .field("source", &self.caller.source)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`].
#[derive(Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    source: Option<Arc<dyn TokenSource>>,
    transport: TransportChoice,
    clock: Option<Arc<dyn Clock>>,
    policy: RetryPolicy,
}

impl ClientBuilder {
    /// Sets where the tokens come from.
    pub fn token(self, source: impl TokenSource + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Sets the transport that requests go through, in place of the default backend.
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: self.transport.custom(transport), ..self }
    }

    /// Sets where the default backend finds the API; `https://api.weixin.qq.com` by default. Not to
    /// be combined with [`transport`](Self::transport), which has its own base URL.
    pub fn base_url(self, base_url: BaseUrl) -> Self {
        Self { transport: self.transport.base_url(base_url), ..self }
    }

    /// Sets how calls are repeated.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets another clock, for tests.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Some(Arc::new(clock)), ..self }
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] when something is missing or contradicts itself.
    pub fn build(self) -> Result<Client, BuildError> {
        let caller = Caller {
            source: self.source.ok_or(BuildError::new(BuildErrorKind::NoTokenSource))?,
            transport: self.transport.build()?,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            policy: self.policy,
            budgets: Arc::new(Budgets::default()),
            targets: Targets::default(),
        };
        Ok(Client::from_parts(caller, None))
    }
}
