mod alarm;
mod connection;
mod connector;
mod pool;
mod tunnel;

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{HeaderValue, Uri, header};

use self::alarm::Alarm;
use self::connector::Connector;
use self::pool::{Lent, Pool};
use self::tunnel::TunnelRefused;
use super::BoxError;
use super::arriving::Arriving;
use super::options::{HttpOptions, SetupError, SetupErrorKind};
use super::outgoing::Outgoing;
use super::sending::{Flow, Sending};
use super::target;
use super::wire::{Wire, no_answer, runtime};
use crate::base_url::host_header;
use crate::{Request, Response, Transport, TransportError, TransportErrorKind};

/// Bytes of a body that a socket takes whatever the server does; the buffers of all systems hold
/// more. A connection sends them at once, so that no answer can come before their end.
const SENT_AT_ONCE: u64 = 4096;

/// A [`Transport`] over [hyper](https://docs.rs/hyper), with fewer dependencies than reqwest and
/// less than a third of its instructions per call. It is the default of `tcb-api`. Cheap to clone;
/// clones share their connections.
///
/// It speaks HTTP/1.1 over as many connections as there are calls at a time, up to
/// [a limit](HttpOptions::max_connections). It needs a tokio
/// runtime with I/O and time when it sends, not when it is created, and that runtime has to run for
/// as long as others share its connections.
///
/// ```
/// use tcb_transport::{HttpOptions, HyperTransport};
///
/// let transport = HyperTransport::new(HttpOptions::default())?;
/// # Ok::<_, tcb_transport::SetupError>(())
/// ```
#[derive(Clone)]
pub struct HyperTransport {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Arc<Pool>,
    wire: Wire,
}

impl HyperTransport {
    /// Creates the backend. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// A [`SetupError`] when the settings cannot be met.
    pub fn new(options: HttpOptions) -> Result<Self, SetupError> {
        let connector = Connector::new(&options)?;
        let host =
            host_header(connector.host()).map_err(|error| SetupError::new(SetupErrorKind::Client, error))?;
        let pool = Pool::new(connector, &options);
        Ok(Self { inner: Arc::new(Inner { pool, wire: Wire::new(options, Some(host)) }) })
    }
}

/// Written out, because what `async_trait` makes of it would carry the request along twice.
impl Transport for HyperTransport {
    fn send<'a, 'b>(
        &'a self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        // Written into its box: made beside it, it would be moved.
        let exchange = Box::write(Box::new_uninit(), self.inner.exchange(request));
        Box::into_pin(exchange)
    }
}

/// The host of a link: where it is, and what it is called in a request.
struct Host(Uri, HeaderValue);

impl Inner {
    /// Sends `request` and reads its answer.
    fn exchange(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> + Send {
        let limits = self.wire.limits(&request);
        async move {
            let flow = request.streams().then(Arc::<Flow>::default);
            // Boxed like the link, for it is seldom there.
            let patience = request.streams_answer().then(|| Box::new(limits.patience()));
            let link = self.link(&request)?;
            let link = link.as_deref();
            let target = target::path_and_query(&self.wire.base_url, &request)?;
            let length = Wire::length(&request)?;
            let sending = Sending::default();
            let runtime = runtime()?.id();
            let mut place = self.pool.lend();
            let kept = place.as_mut().ok().and_then(|lent| lent.alarm.take());
            let (mut lent, mut alarm) = (None, None);
            let outcome = {
                // Pinned, and in here, because what it is made of is not to be moved about on each
                // call.
                let exchange = pin!(async {
                    let place = lent.insert(match place {
                        Ok(lent) => lent,
                        Err(next) => Lent::next(next, &sending).await,
                    });
                    let answer = loop {
                        let connection = place.connection(link.map(|Host(uri, _)| uri)).await;
                        let (connection, is_used) =
                            connection.map_err(|error| no_connection(&sending, error))?;
                        sending.begin();
                        // Not by a name, which would keep room for it until the answer is there.
                        match connection
                            .send_request(self.prepare(&request, length, target.clone(), link, flow.as_ref()))
                            .await
                        {
                            Ok(answer) => break answer,
                            Err(error) => given_up(error, is_used, &sending)?,
                        }
                    };
                    let (head, body) = answer.into_parts();
                    if let Some(patience) = patience
                        && head.status.is_success()
                    {
                        return Ok(Response::of(head, Arriving::begin(body, *patience, lent.take())));
                    }
                    let body = limits.read(body).await?;
                    // Links lead to hosts that are seldom met again. And a refusal may come before
                    // a large request was sent to its end: what is left of it would go before the
                    // next one.
                    if link.is_none() && (length <= SENT_AT_ONCE || head.status.is_success()) {
                        place.keep();
                    }
                    Ok(Response::of(head, body.into()))
                });
                match &flow {
                    None => {
                        let alarm = alarm.insert(Alarm::set(kept, runtime, limits.time));
                        alarm.limit(exchange, || Err(sending.timed_out())).await
                    }
                    Some(flow) => Box::pin(limits.while_it_moves(flow, &sending, exchange)).await,
                }
            };
            if let Some(lent) = &mut lent {
                lent.alarm = alarm;
            }
            outcome
        }
    }

    /// The request as a connection takes it.
    fn prepare(
        &self,
        request: &Request,
        length: u64,
        target: PathAndQuery,
        link: Option<&Host>,
        flow: Option<&Arc<Flow>>,
    ) -> http::Request<Outgoing> {
        let mut request = self.wire.prepare(request, length, |body| Outgoing::new(body, flow.cloned()));
        *request.uri_mut() = Uri::from(target);
        if let Some(Host(_, name)) = link {
            request.headers_mut().insert(header::HOST, name.clone());
        }
        request
    }

    /// The host of a link, when the request goes to one; seldom there, so boxed.
    fn link(&self, request: &Request) -> Result<Option<Box<Host>>, TransportError> {
        let Some(link) = request.link() else { return Ok(None) };
        let uri = link.host_uri().map_err(|error| target::invalid(error.into()))?;
        if !self.pool.connector.may_follow(&uri) {
            return Err(target::invalid("the link has no TLS, and the proxy is another machine".into()));
        }
        let name = host_header(&uri).map_err(|error| target::invalid(error.into()))?;
        Ok(Some(Box::new(Host(uri, name))))
    }
}

/// Says what it means that there is no connection. What a proxy forbids it will forbid again; that
/// it cannot reach a host may pass.
fn no_connection(sending: &Sending, error: BoxError) -> TransportError {
    match error.downcast_ref() {
        Some(TunnelRefused(status)) if status.is_client_error() => {
            TransportError::new(TransportErrorKind::Proxy).with_source(error)
        }
        _ => no_answer(sending, error),
    }
}

/// Says what it means that a connection has given a request up. One that it cancels it has written
/// nothing of: the server had closed it while it was idle. Then the request goes to the next one,
/// unless that was a new one, which is the last.
fn given_up(error: hyper::Error, is_used: bool, sending: &Sending) -> Result<(), TransportError> {
    let is_unsent = error.is_canceled();
    if is_unsent {
        sending.revoke();
    }
    if is_unsent && is_used { Ok(()) } else { Err(no_answer(sending, error.into())) }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HyperTransport").field(&format_args!("{}", self.inner.wire.base_url)).finish()
    }
}

#[cfg(test)]
mod tests {
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use tcb_types::Method;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_that_closed_while_it_was_idle_gives_the_request_back() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", server.local_addr().unwrap()).parse().unwrap();
        let transport = HyperTransport::new(HttpOptions::new(url)).unwrap();
        let (io, peer) = tokio::io::duplex(1024);
        let (mut idle, work) = http1::handshake(TokioIo::new(io)).await.unwrap();
        tokio::spawn(work);
        idle.ready().await.unwrap();
        transport.inner.pool.add(idle);
        // The connection's own task has not heard of it when it gets the request.
        drop(peer);

        let answering = tokio::spawn(async move {
            let (mut connection, _) = server.accept().await.unwrap();
            assert!(connection.read(&mut [0; 1024]).await.unwrap() > 0);
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        });
        let answer = transport.send(Request::raw(Method::Get, "/x", "x")).await.unwrap();
        assert_eq!(&answer.body()[..], b"{}");
        answering.await.unwrap();
    }
}
