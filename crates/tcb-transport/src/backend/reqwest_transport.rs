use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use reqwest::{Body, Client, ClientBuilder, Proxy, Url, redirect, retry};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BoxError;
use super::arriving::Arriving;
use super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::outgoing::Outgoing;
use super::sending::{Flow, Sending};
use super::target;
use super::wire::{Wire, no_answer};
use crate::{Request, Response, Transport, TransportError};

/// A [`Transport`] over [reqwest](https://docs.rs/reqwest) 0.13, for programs that bring their own
/// TLS, proxies or resolver. Cheap to clone; clones share their connections.
///
/// It needs a tokio runtime with I/O and time, when it sends, not when it is created.
///
/// ```
/// use tcb_transport::{HttpOptions, ReqwestTransport};
/// # fn example(builder: reqwest::ClientBuilder) -> Result<(), Box<dyn std::error::Error>> {
///
/// let builder = builder.proxy(reqwest::Proxy::https("http://proxy.example:3128")?);
/// let transport = ReqwestTransport::from_builder(builder, HttpOptions::default())?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    /// One for each call that may have a connection at a time.
    places: Arc<Semaphore>,
    wire: Wire,
}

impl ReqwestTransport {
    /// Creates the backend from a client builder, because a finished client cannot be made safe.
    /// Nothing is connected yet.
    ///
    /// The builder decides about TLS (roots, client certificates, provider), proxies, addresses and
    /// headers of its own; the crate switches no feature of reqwest on, so that the TLS has to come
    /// with the program's own dependency on reqwest. Without any, each request to an `https` host
    /// ends as [`Connect`](crate::TransportErrorKind::Connect). A bad certificate is reported as
    /// [`Certificate`](crate::TransportErrorKind::Certificate) when rustls 0.23 does the TLS, and
    /// otherwise as `Connect` too.
    ///
    /// What a call depends on is set last, whatever the builder says: no redirect is followed, no
    /// referer sent, no request repeated, no answer decompressed, nothing logged byte for byte;
    /// HTTP/1 only; the time limits of a connection are those of `options`. Proxies are those of
    /// the builder and never the environment's; for an `http` base URL, which is this machine,
    /// there are none. Time limits and a cookie store of the builder stay, and should not be there:
    /// a request that ends by them counts as interrupted.
    ///
    /// # Errors
    ///
    /// A [`SetupError`]: [`ForBuilder`](SetupErrorKind::ForBuilder) when `options` have roots or a
    /// proxy, which are set in the builder here, or warm connections, which it cannot have, and
    /// [`Client`](SetupErrorKind::Client) when reqwest refuses the settings.
    ///
    /// # Panics
    ///
    /// Where reqwest itself panics: when its feature `rustls-no-provider` is on and there is
    /// neither a provider nor a TLS configuration in the builder.
    pub fn from_builder(builder: ClientBuilder, options: HttpOptions) -> Result<Self, SetupError> {
        let refuse = |error: BoxError| SetupError::new(SetupErrorKind::Client, error);
        if !options.extra_roots.is_empty() || options.platform_roots || options.proxy.is_some() {
            return Err(SetupError::new(SetupErrorKind::ForBuilder, "the options have roots or a proxy"));
        }
        if options.warm_connections > 0 {
            return Err(SetupError::new(SetupErrorKind::ForBuilder, "reqwest opens nothing beforehand"));
        }
        target::check_host(&options.base_url)?;
        // reqwest reads the URL again for each request, by stricter rules. What it refuses is
        // better known now.
        Url::parse(&options.base_url.to_string()).map_err(|error| refuse(error.to_string().into()))?;
        let builder = if options.base_url.is_plain() {
            builder.no_proxy()
        } else {
            // With any proxy of its own, even one that takes no request, a client does not look for
            // one in the environment.
            builder.proxy(Proxy::custom(|_| None::<Url>))
        };
        #[expect(clippy::disallowed_methods, reason = "this switches the logging of URLs and bodies off")]
        let builder = builder.connection_verbose(false);
        let most = options.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        let client = builder
            .pool_max_idle_per_host(most)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.pool_idle_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .build()
            .map_err(|error| refuse(error.without_url().into()))?;
        Ok(Self { client, places: Arc::new(Semaphore::new(most)), wire: Wire::new(options, None) })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let limits = self.wire.limits(&request);
        let flow = request.streams().then(Arc::<Flow>::default);
        let patience = request.streams_answer().then(|| limits.patience());
        let sending = Arc::new(Sending::default());
        let request = self.prepare(&request, flow.clone(), Arc::clone(&sending))?;
        let exchange = pin!(async {
            let place = self.place(&sending).await;
            let answer = self.client.execute(request).await;
            let answer = answer.map_err(|error| no_answer(&sending, strip(error)))?;
            let (head, body) = http::Response::<Body>::from(answer).into_parts();
            let body = body.map_err(strip);
            if let Some(patience) = patience
                && head.status.is_success()
            {
                return Ok(Response::of(head, Arriving::begin(body, patience, place)));
            }
            Ok(Response::of(head, limits.read(body).await?.into()))
        });
        match flow {
            None => limits.within(&sending, exchange).await,
            Some(flow) => Box::pin(limits.while_it_moves(&flow, &sending, exchange)).await,
        }
    }
}

impl ReqwestTransport {
    /// The right to a connection, as soon as there is one.
    async fn place(&self, sending: &Sending) -> Place {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Place(Some(place));
        }
        sending.queue();
        let place = Arc::clone(&self.places).acquire_owned().await;
        sending.revoke();
        Place(place.ok())
    }

    fn prepare(
        &self,
        request: &Request,
        flow: Option<Arc<Flow>>,
        sending: Arc<Sending>,
    ) -> Result<reqwest::Request, TransportError> {
        let url = target::url(&self.wire.base_url, request)?;
        let url = Url::parse(&url).map_err(|error| target::invalid(error.to_string().into()))?;
        let outgoing = |body| Body::wrap(Outgoing::new(body, flow).noticed_by(sending));
        let length = Wire::length(request)?;
        let (head, body) = self.wire.prepare(request, length, outgoing).into_parts();
        let mut prepared = reqwest::Request::new(head.method, url);
        *prepared.headers_mut() = head.headers;
        *prepared.body_mut() = Some(body);
        Ok(prepared)
    }
}

/// How long reqwest's client may take to notice that a connection has had its answer.
const NOTICE: Duration = Duration::from_millis(10);

/// The right to one of the connections that there may be.
struct Place(Option<OwnedSemaphorePermit>);

impl Drop for Place {
    /// The next in line is to find the connection, or it would open another.
    fn drop(&mut self) {
        if let Some(place) = self.0.take()
            && place.semaphore().available_permits() == 0
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                tokio::time::sleep(NOTICE).await;
                drop(place);
            });
        }
    }
}

/// Every error of reqwest passes here, and loses the URL here.
fn strip(error: reqwest::Error) -> BoxError {
    error.without_url().into()
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReqwestTransport").field(&format_args!("{}", self.wire.base_url)).finish()
    }
}
