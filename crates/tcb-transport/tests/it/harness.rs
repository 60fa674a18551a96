//! The backends under test, a request full of canaries, and the places where no canary may turn up.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tcb_transport::{
    BaseUrl, HttpOptions, HyperTransport, QueryToken, Request, ReqwestTransport, Response, SetupError,
    Transport, TransportError, TransportErrorKind,
};
use tcb_types::{AccessTokenValue, Method};

use crate::proxy::Tunneller;

/// Long enough for anything that is to succeed, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a test waits for something that is not to happen.
pub(crate) const SOON: Duration = Duration::from_millis(200);

/// Waits for what must come before any time-out of [`patient`] could be the reason.
pub(crate) async fn within_patience<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE / 2, future).await.expect("it took too long")
}

pub(crate) trait Backend: Transport + Sized + 'static {
    /// A backend that trusts the roots in `pem` beside others.
    fn new(options: HttpOptions, pem: Option<&str>) -> Result<Self, SetupError>;

    fn connect_to(options: HttpOptions) -> Self {
        start_capture();
        <Self as Backend>::new(options, None).unwrap()
    }

    fn connect_trusting(pem: &str, options: HttpOptions) -> Self {
        start_capture();
        <Self as Backend>::new(options, Some(pem)).unwrap()
    }
}

impl Backend for ReqwestTransport {
    fn new(options: HttpOptions, pem: Option<&str>) -> Result<Self, SetupError> {
        Self::from_builder(careless_builder(pem), options)
    }
}

/// A builder that wants everything of which the backend wants nothing.
#[expect(clippy::disallowed_methods, reason = "the backend has to switch it off")]
fn careless_builder(pem: Option<&str>) -> reqwest::ClientBuilder {
    reqwest_builder(pem)
        .redirect(redirect::Policy::limited(5))
        .referer(true)
        .gzip(true)
        .deflate(true)
        .connection_verbose(true)
        .connect_timeout(Duration::from_millis(1))
        .pool_idle_timeout(Duration::from_secs(600))
}

/// A builder of reqwest with TLS.
pub(crate) fn reqwest_builder(pem: Option<&str>) -> reqwest::ClientBuilder {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.unwrap_or_default().as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

impl Backend for HyperTransport {
    fn new(options: HttpOptions, pem: Option<&str>) -> Result<Self, SetupError> {
        Self::new(match pem {
            Some(pem) => options.extra_roots_pem(pem)?,
            None => options,
        })
    }
}

/// The hyper backend behind a proxy of its own: nothing that a caller can rely on may depend on it.
#[derive(Debug)]
pub(crate) struct ThroughProxy(HyperTransport);

impl Backend for ThroughProxy {
    fn new(options: HttpOptions, pem: Option<&str>) -> Result<Self, SetupError> {
        let proxy = Tunneller::start();
        let options = options.proxy(format!("http://CanaryName:CanaryWord@{}", proxy.address()))?;
        <HyperTransport as Backend>::new(options, pem).map(Self)
    }
}

#[async_trait]
impl Transport for ThroughProxy {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }
}

/// Makes of each generic test one per backend, and one through a proxy.
macro_rules! over_both_backends {
    ($($test:ident),* $(,)?) => {
        mod over_reqwest {
            $(#[tokio::test] async fn $test() { super::$test::<tcb_transport::ReqwestTransport>().await; })*
        }
        mod over_hyper {
            $(#[tokio::test] async fn $test() { super::$test::<tcb_transport::HyperTransport>().await; })*
        }
        mod through_a_proxy {
            $(#[tokio::test] async fn $test() { super::$test::<crate::harness::ThroughProxy>().await; })*
        }
    };
}
pub(crate) use over_both_backends;

/// Every secret of these tests contains it.
const CANARY: &str = "Canary";

/// How it begins in Base64, as a proxy is shown it.
const CANARY_IN_BASE64: &str = "Q2FuYXJ5";

fn has_canary(text: &str) -> bool {
    text.contains(CANARY) || text.contains(CANARY_IN_BASE64)
}

pub(crate) fn patient(base_url: BaseUrl) -> HttpOptions {
    HttpOptions::new(base_url).timeout(PATIENCE).connect_timeout(PATIENCE)
}

pub(crate) fn request() -> Request {
    Request::raw(Method::Post, "/tcb/createfunction", "createFunction")
        .query("secret", "CanaryQuery")
        .token(QueryToken::new("access_token", Arc::new(AccessTokenValue::new("CanaryToken"))))
        .body(r#"{"env":"CanaryBody"}"#)
}

pub(crate) async fn answer_of(transport: &impl Transport, request: Request) -> Response {
    transport.send(request).await.unwrap()
}

/// The error of a request that must fail, after a look for canaries in it.
pub(crate) async fn failure_of(transport: &impl Transport, request: Request) -> TransportError {
    let error = transport.send(request).await.unwrap_err();
    let mut texts = vec![format!("{error:?}"), format!("{error:#?}")];
    let mut next: Option<&dyn Error> = Some(&error);
    while let Some(error) = next {
        texts.push(format!("{error}, {error:?}"));
        next = error.source();
    }
    for text in texts {
        assert!(!has_canary(&text) && !text.contains("createfunction"), "{text}");
    }
    error
}

pub(crate) async fn kind_of_failure(transport: &impl Transport, request: Request) -> TransportErrorKind {
    failure_of(transport, request).await.kind()
}

/// Everything that any library in this process has logged since the first transport was made.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

static CAPTURED: OnceLock<Captured> = OnceLock::new();

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start_capture() -> &'static Captured {
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        let writer = captured.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
        captured
    })
}

pub(crate) fn assert_no_secret_was_logged(by: &str) {
    let bytes = start_capture().0.lock().unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains(by), "{by} logged nothing, so this test proves nothing");
    if let Some(line) = text.lines().find(|line| has_canary(line)) {
        panic!("{line}");
    }
}
