//! The SDK against the emulator with nothing but function calls between them.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends its test")]

use std::time::Duration;

use tcb_api::transport::{Body, LinkTarget, Phase, Request, Transport, TransportError, TransportErrorKind};
use tcb_api::types::cloudbase_common::CloudUser;
use tcb_api::types::{Method, Secret};
use tcb_api::{Client, CreateCloudUser, ErrorKind, Platform, RetryPolicy};
use tcb_emulator::{Emulator, Fault, Merchant};
use tcb_emulator_transport::EmulatorTransport;

const OPEN_CLOUD: &str = "/tcb/createclouduser";

/// A platform of ours that has its ticket.
async fn platform(emulator: &Emulator) -> Platform {
    let credentials = emulator.component();
    let platform = Platform::builder(&credentials.app_id, credentials.secret.clone())
        .transport(EmulatorTransport::new(emulator))
        .clock(emulator.clock())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    platform.tokens().ticket(emulator.ticket(&credentials.app_id).unwrap(), emulator.now()).await.unwrap();
    platform
}

/// A merchant that has authorised the platform.
async fn merchant(emulator: &Emulator, platform: &Platform) -> Client {
    let shop = emulator.add_merchant(Merchant::new().consenting());
    let code = emulator.authorize(platform.app_id(), &shop, [18, 25, 49]).await.unwrap();
    platform.tokens().exchange_code(code).await.unwrap();
    platform.authorizer(&shop)
}

#[tokio::test]
async fn a_client_onboards_a_merchant_without_a_socket() {
    let emulator = Emulator::builder().in_process().unwrap();
    assert_eq!(emulator.base_url(), "http://127.0.0.1:0", "an address at which nobody can listen");
    let platform = platform(&emulator).await;
    let client = merchant(&emulator, &platform).await;
    assert_eq!(client.send(CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);
    assert_eq!(emulator.merchants().iter().filter(|merchant| merchant.opened).count(), 1);
    emulator.advance(Duration::from_secs(7200)).await;
    assert_eq!(client.send(CreateCloudUser::new()).await.unwrap(), CloudUser::Opened);
    assert_eq!(emulator.total_mints(), 4, "two tokens each, for they ran out");
    emulator.assert_clean();
}

#[tokio::test]
async fn a_dropped_connection_is_what_it_is_on_the_wire() {
    let emulator = Emulator::builder().in_process().unwrap();
    let platform = platform(&emulator).await;
    let client = merchant(&emulator, &platform).await;
    for fault in [Fault::drop_before(OPEN_CLOUD), Fault::commit_then_drop(OPEN_CLOUD)] {
        emulator.fault(fault).unwrap();
        let error = client.send(CreateCloudUser::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Indeterminate, "{error:?}");
        assert_eq!(error.attempt().unwrap().phase(), Phase::MaybeSent, "{error:?}");
    }
    assert_eq!(emulator.counters().executed("createCloudUser"), 1);
}

fn opening() -> Request {
    Request::raw(Method::Post, OPEN_CLOUD, "createCloudUser").body("{}")
}

async fn failed(transport: &EmulatorTransport, request: Request) -> TransportErrorKind {
    transport.send(request).await.map_err(|error: TransportError| error.kind()).unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn limits_hold_as_on_the_wire() {
    let emulator = Emulator::builder().in_process().unwrap();
    let transport = EmulatorTransport::new(&emulator);
    let answer = transport.send(opening().query("a", "b c&d")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(String::from_utf8_lossy(answer.body()).contains("41001"), "{answer:?}");

    assert_eq!(failed(&transport, opening().response_cap(10)).await, TransportErrorKind::TooLarge);
    let slow = || emulator.fault(Fault::delay(OPEN_CLOUD, Duration::from_secs(60))).unwrap();
    slow();
    assert_eq!(failed(&transport, opening()).await, TransportErrorKind::Timeout);
    slow();
    assert_eq!(transport.send(opening().timeout(Duration::from_secs(61))).await.unwrap().status(), 200);
    slow();
    assert_eq!(failed(&transport, opening().stream_answer()).await, TransportErrorKind::Timeout);
    let mut chunks = transport.send(opening().stream_answer()).await.unwrap().into_body().into_chunks();
    let first = chunks.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"{") && chunks.next().await.is_none());
}

#[tokio::test]
async fn what_a_backend_refuses_is_refused_without_being_shown() {
    let emulator = Emulator::builder().in_process().unwrap();
    let transport = EmulatorTransport::new(&emulator);
    for path in ["", "tcb/x", "/a?canary=c", "/a#b", "/a b", "/a/../b"] {
        let request = Request::raw(Method::Post, path, "test").query("canary", "canary");
        let error = transport.send(request).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Invalid, "{path}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    let unknown: Vec<Result<_, std::io::Error>> = Vec::new();
    let body = Body::stream(None, Pieces(unknown));
    let request = Request::raw(Method::Post, OPEN_CLOUD, "test").body(body);
    assert_eq!(failed(&transport, request).await, TransportErrorKind::Invalid);
    let link = LinkTarget::new(Secret::new("https://cos.example/a.png?sign=canary")).unwrap();
    let request = Request::to_link(Method::Get, link, "link.download");
    assert_eq!(failed(&transport, request).await, TransportErrorKind::Connect);
}

/// Gives its pieces at once.
struct Pieces(Vec<Result<bytes::Bytes, std::io::Error>>);

impl futures_core::Stream for Pieces {
    type Item = Result<bytes::Bytes, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.pop())
    }
}

#[tokio::test]
async fn who_calls_after_the_end_finds_nobody() {
    let emulator = Emulator::builder().in_process().unwrap();
    let transport = EmulatorTransport::new(&emulator);
    drop(emulator);
    assert_eq!(failed(&transport, opening()).await, TransportErrorKind::Connect);

    let emulator = Emulator::builder().in_process().unwrap();
    let transport = EmulatorTransport::new(&emulator);
    emulator.close(Duration::from_secs(1)).await;
    assert_eq!(failed(&transport, opening()).await, TransportErrorKind::Connect);
}

#[test]
fn no_runtime_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let emulator = runtime.block_on(async { Emulator::builder().in_process().unwrap() });
    let transport = EmulatorTransport::new(&emulator);
    let mut sending = std::pin::pin!(transport.send(opening()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match sending.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind(), TransportErrorKind::Invalid),
        _ => panic!("it is sent without a runtime"),
    }
}
