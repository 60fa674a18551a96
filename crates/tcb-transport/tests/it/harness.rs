//! The backends under test, a request full of canaries, and the places where no canary may turn up.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tcb_transport::{
    BaseUrl, HttpOptions, HyperTransport, QueryToken, Request, ReqwestTransport, Response, SetupError,
    Transport, TransportError, TransportErrorKind,
};
use tcb_types::{AccessTokenValue, Method};

/// Long enough for anything that is to succeed, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a test waits for something that is not to happen.
pub(crate) const SOON: Duration = Duration::from_millis(200);

/// Waits for what must come before any time-out of [`patient`] could be the reason.
pub(crate) async fn within_patience<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE / 2, future).await.expect("it took too long")
}

pub(crate) trait Backend: Transport + Sized + 'static {
    fn new(options: HttpOptions) -> Result<Self, SetupError>;

    fn connect_to(options: HttpOptions) -> Self {
        start_capture();
        <Self as Backend>::new(options).unwrap()
    }
}

impl Backend for ReqwestTransport {
    fn new(options: HttpOptions) -> Result<Self, SetupError> {
        Self::new(options)
    }
}

impl Backend for HyperTransport {
    fn new(options: HttpOptions) -> Result<Self, SetupError> {
        Self::new(options)
    }
}

/// Makes of each generic test two, one per backend.
macro_rules! over_both_backends {
    ($($test:ident),* $(,)?) => {
        mod over_reqwest {
            $(#[tokio::test] async fn $test() { super::$test::<tcb_transport::ReqwestTransport>().await; })*
        }
        mod over_hyper {
            $(#[tokio::test] async fn $test() { super::$test::<tcb_transport::HyperTransport>().await; })*
        }
    };
}
pub(crate) use over_both_backends;

/// Every secret of these tests contains it.
const CANARY: &str = "Canary";

pub(crate) fn patient(base_url: BaseUrl) -> HttpOptions {
    HttpOptions::new(base_url).with_timeout(PATIENCE).with_connect_timeout(PATIENCE)
}

pub(crate) fn request() -> Request {
    Request::raw(Method::Post, "/tcb/createfunction", "createFunction")
        .with_query("secret", "CanaryQuery")
        .with_token(QueryToken::new("access_token", Arc::new(AccessTokenValue::new("CanaryToken"))))
        .with_body(r#"{"env":"CanaryBody"}"#)
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
        assert!(!text.contains(CANARY) && !text.contains("createfunction"), "{text}");
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
    if let Some(line) = text.lines().find(|line| line.contains(CANARY)) {
        panic!("{line}");
    }
}
