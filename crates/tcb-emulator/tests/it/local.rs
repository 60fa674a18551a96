//! What keeps the emulator a matter of this machine, and how it starts and ends.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use serde_json::json;
use tcb_emulator::{Emulator, EmulatorErrorKind};
use tcb_types::{Clock, SystemClock};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

async fn status(emulator: &Emulator, header: &'static str, value: &str) -> StatusCode {
    let url = format!("{}/health", emulator.admin_url());
    let mut request = request(Method::GET, &url, "");
    request.headers_mut().insert(header, value.parse().unwrap());
    send(request).await.unwrap().status
}

#[tokio::test]
async fn only_names_of_this_machine_are_answered() {
    let emulator = Emulator::start().await.unwrap();
    for host in ["127.0.0.1", "localhost:80", "[::1]:80", "127.1.2.3:1"] {
        assert_eq!(status(&emulator, "host", host).await, StatusCode::OK, "{host}");
    }
    for host in ["example.com", "localhost.example.com", "127.0.0.1.example.com:80", ""] {
        assert_eq!(status(&emulator, "host", host).await, StatusCode::FORBIDDEN, "{host}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    let own = emulator.base_url().to_owned();
    assert_eq!(status(&emulator, "origin", &own).await, StatusCode::OK);
    let other_port = "http://127.0.0.1:1";
    for origin in ["http://example.com", other_port, "https://127.0.0.1", "null", "http://localhost", ""] {
        assert_eq!(status(&emulator, "origin", origin).await, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let start = Emulator::builder().listen("0.0.0.0:0".parse().unwrap()).start();
    assert_eq!(start.await.unwrap_err().kind(), EmulatorErrorKind::NotLoopback);
    let first = Emulator::start().await.unwrap();
    let taken = first.base_url().strip_prefix("http://").unwrap().parse().unwrap();
    let start = Emulator::builder().listen(taken).start();
    assert_eq!(start.await.unwrap_err().kind(), EmulatorErrorKind::Bind);
}

const TOKEN: &str = "0123456789abcdef";

/// The status of a request that comes under the name of another machine.
async fn from_elsewhere(emulator: &Emulator, path: &str, header: &'static str, value: &str) -> u16 {
    let mut request = request(Method::GET, &format!("{}{path}", emulator.base_url()), "");
    request.headers_mut().insert("host", "emulator.example:80".parse().unwrap());
    request.headers_mut().insert(header, value.parse().unwrap());
    send(request).await.unwrap().status.as_u16()
}

#[tokio::test]
async fn other_machines_need_a_token_for_what_is_not_wechats() {
    let builder = Emulator::builder().listen("0.0.0.0:0".parse().unwrap());
    let emulator = builder.allow_remote(TOKEN).start().await.unwrap();
    assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!(from_elsewhere(&emulator, COMPONENT_TOKEN, "accept", "*/*").await, 200);
    let basic = |token: &str| format!("Basic {}", STANDARD.encode(format!("me:{token}")));
    for path in ["/_emu/v1/health", "/_emu/"] {
        for (header, value, status) in [
            ("accept", "*/*", 401),
            ("authorization", "Bearer 0123456789abcdeg", 401),
            ("authorization", TOKEN, 401),
            ("authorization", &basic("another"), 401),
            ("authorization", &basic(TOKEN), 200),
            ("authorization", &format!("bearer {TOKEN}"), 200),
        ] {
            assert_eq!(from_elsewhere(&emulator, path, header, value).await, status, "{path} {value}");
        }
    }
    for (origin, status) in
        [("http://emulator.example:80", 200), ("http://emulator.example", 403), ("null", 403)]
    {
        assert_eq!(from_elsewhere(&emulator, COMPONENT_TOKEN, "origin", origin).await, status, "{origin}");
    }
    let start = Emulator::builder().allow_remote("short").start();
    assert_eq!(start.await.unwrap_err().kind(), EmulatorErrorKind::Invalid);
}

#[test]
fn no_runtime_is_an_error_and_no_panic() {
    let mut start = Box::pin(Emulator::start());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match start.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind(), EmulatorErrorKind::NoRuntime),
        _ => panic!("the start goes on without a runtime"),
    }
}

#[tokio::test]
async fn closing_ends_the_server() {
    let emulator = Emulator::start().await.unwrap();
    let address = emulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let idle = TcpStream::connect(&address).await.unwrap();
    component_token(&emulator).await;
    let (begun, deadline) = (SystemClock.monotonic(), Duration::from_secs(60));
    emulator.close(deadline).await;
    assert!(begun.elapsed() < deadline, "something kept running until the deadline");
    assert!(TcpStream::connect(&address).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn closing_answers_what_has_begun() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(tcb_emulator::Fault::delay(LIST_ENVS, Duration::from_millis(50))).unwrap();
    let url = format!("{}{LIST_ENVS}?access_token={}", emulator.base_url(), shop.token);
    let running = tokio::spawn(send(request(Method::POST, &url, json!({}).to_string())));
    bounded(async {
        while emulator.counters().faults == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    emulator.close(Duration::from_secs(60)).await;
    assert_code(&running.await.unwrap().unwrap().json(), 0);
}

/// A receiver of pushes that takes connections in and never answers, and an emulator that waits an
/// hour for it.
async fn hanging() -> (Emulator, TcpListener) {
    let emulator = Emulator::builder().push_timeout(Duration::from_secs(3600)).start().await.unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    emulator.set_callback_url(&emulator.component().app_id, &url).unwrap();
    (emulator, silent)
}

#[tokio::test]
async fn closing_does_not_wait_for_a_receiver_that_hangs() {
    let (emulator, silent) = hanging().await;
    let pushed = {
        let push = emulator.push_ticket(&emulator.component().app_id);
        let mut push = Box::pin(push);
        tokio::select! {
            _ = &mut push => false,
            accepted = silent.accept() => accepted.is_ok(),
        }
    };
    assert!(pushed, "the push is on its way and goes on though nobody waits for it");
    bounded(emulator.close(Duration::from_millis(10))).await;
}

#[tokio::test]
async fn dropping_the_emulator_ends_who_waits_for_a_receiver_that_hangs() {
    let (emulator, silent) = hanging().await;
    let advance = format!("{}/clock", emulator.admin_url());
    let waiting = tokio::spawn(send(request(Method::PUT, &advance, r#"{"advance_seconds": 600}"#)));
    bounded(silent.accept()).await.unwrap();
    drop(emulator);
    // Without an answer or with one, but not for ever.
    let _ = bounded(waiting).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_the_start() {
    let start = Emulator::builder().speed(0).start();
    assert_eq!(start.await.unwrap_err().kind(), EmulatorErrorKind::Invalid);
    for (id, variant) in [("A-008", "sometimes"), ("A-999", "strict")] {
        let start = Emulator::builder().assume(id, variant).start();
        assert_eq!(start.await.unwrap_err().kind(), EmulatorErrorKind::UnknownAssumption);
    }
}
