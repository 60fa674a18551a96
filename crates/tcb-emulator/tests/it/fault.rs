use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::json;
use tcb_emulator::EmulatorErrorKind::{Invalid, UnknownMerchant, UnknownPath};
use tcb_emulator::{Emulator, Fault, FaultKind};
use tcb_types::{Clock, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::*;

#[tokio::test]
async fn an_errcode_hits_the_next_calls_and_executes_none() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::errcode(CREATE_ENV, -1).times(2)).unwrap();
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop"});
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body.clone()).await, -1);
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 0);
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body.clone()).await, -1);
    assert_eq!(emulator.counters().executed("createEnv"), 0);
    assert_code(&call(&emulator, CREATE_ENV, &shop.token, body).await, 0);
    assert_eq!(emulator.counters().executed("createEnv"), 1);
    assert_eq!(emulator.counters().faults, 2);
    assert!(emulator.faults().is_empty());
    emulator.assert_clean();
}

#[tokio::test]
async fn a_dropped_reply_leaves_the_effect() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let url = format!("{}{CREATE_ENV}?access_token={}", emulator.base_url(), shop.token);
    let body = json!({"type": "CreatePostpayPackage", "alias": "shop"}).to_string();

    emulator.fault(Fault::commit_then_drop(CREATE_ENV)).unwrap();
    send(request(Method::POST, &url, body.clone())).await.expect_err("no answer");
    assert_eq!(emulator.counters().executed("createEnv"), 1);

    emulator.fault(Fault::drop_before(CREATE_ENV)).unwrap();
    send(request(Method::POST, &url, body)).await.expect_err("no answer");
    assert_eq!(emulator.counters().executed("createEnv"), 1);

    let list = call(&emulator, LIST_ENVS, &shop.token, json!({})).await;
    assert_eq!(list["info_list"].as_array().unwrap().len(), 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_gateway_can_answer_in_wechats_place() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault(Fault::http(LIST_ENVS, 502, "<html>Bad Gateway</html>")).unwrap();
    let url = format!("{}{LIST_ENVS}", emulator.base_url());
    let answer = send(request(Method::POST, &url, "{}")).await.unwrap();
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer.body, "<html>Bad Gateway</html>");
}

#[tokio::test]
async fn a_delayed_call_is_carried_out_later() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::delay(LIST_ENVS, Duration::from_millis(50))).unwrap();
    let before: Instant = SystemClock.monotonic();
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 0);
    assert!(before.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_rule_without_sense_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (fault, kind) in [
        (Fault::errcode("/tcb/creatfunction", -1), UnknownPath),
        (Fault::errcode("/componenttcb/getcslist", -1), UnknownPath),
        (Fault::errcode(CREATE_ENV, -1).of("wxemu0"), UnknownMerchant),
        (Fault::errcode(CREATE_ENV, 0), Invalid),
        (Fault::errcode(CREATE_ENV, -1).times(0), Invalid),
        (Fault::errcode(CREATE_ENV, -1).every(0), Invalid),
        (Fault::errcode(CREATE_ENV, -1).between(5, 5), Invalid),
        (Fault::errcode("/_emu/storage", -1), Invalid),
        (Fault::errcode("authorized", -1), Invalid),
        (Fault::withhold(CREATE_ENV), Invalid),
        (Fault::http(CREATE_ENV, 99, ""), Invalid),
        (Fault::drip(CREATE_ENV, 0, Duration::ZERO), Invalid),
    ] {
        assert_eq!(emulator.fault(fault).unwrap_err().kind(), kind);
    }
    assert!(emulator.faults().is_empty());
    for (wrong, near) in [
        ("/tcb/creatfunction", "/tcb/createfunction"),
        ("CreateFuncton", "createFunction"),
        ("component_verify_tickets", "component_verify_ticket"),
    ] {
        let error = emulator.fault(Fault::drop_before(wrong)).unwrap_err().to_string();
        assert!(error.contains(near), "{error}");
    }
}

/// Sends a call of a shop without looking at the answer.
fn sending(
    emulator: &Emulator,
    path: &str,
    token: &str,
) -> impl Future<Output = Result<Answer, hyper::Error>> + use<> {
    let url = format!("{}{path}?access_token={token}", emulator.base_url());
    send(request(Method::POST, &url, "{}"))
}

#[tokio::test]
async fn a_rule_can_be_for_one_account() {
    let emulator = Emulator::start().await.unwrap();
    let (first, second) = (cloud_shop(&emulator).await, cloud_shop(&emulator).await);
    emulator.fault(Fault::errcode("*", 45009).of(first.app_id.as_str()).every(2)).unwrap();
    for _ in 0..2 {
        assert_code(&call(&emulator, LIST_ENVS, &second.token, json!({})).await, 0);
    }
    // The platform's calls for the account count as well.
    assert_code(&refresh(&emulator, &first, &first.refresh_token).await, 0);
    assert_code(&call(&emulator, LIST_ENVS, &first.token, json!({})).await, 45009);
    let rule = emulator.faults().remove(0);
    assert_eq!((rule.seen, rule.hits), (2, 1));
}

#[tokio::test]
async fn a_rule_holds_in_its_time_alone() {
    let clock = clock();
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::errcode("getEnvInfo", 45011).between(1_700_000_010, 1_700_000_020)).unwrap();
    for (passes, code) in [(0, 0), (10, 45011), (5, 45011), (5, 0)] {
        clock.passes(Duration::from_secs(passes));
        assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, code);
    }
    assert!(emulator.faults().is_empty());
}

#[tokio::test]
async fn a_token_can_end_before_its_time() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::expire_token(LIST_ENVS)).unwrap();
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 42001);
    assert_code(&call(&emulator, LIST_ENVS, &shop.token, json!({})).await, 42001);
    let token = text(&refresh(&emulator, &shop, &shop.refresh_token).await, "/authorizer_access_token");
    assert_code(&call(&emulator, LIST_ENVS, &token, json!({})).await, 0);
}

#[tokio::test]
async fn a_call_that_is_never_answered_ends_with_the_client_or_the_emulator() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::time_out(LIST_ENVS).times(2)).unwrap();
    let waiting = sending(&emulator, LIST_ENVS, &shop.token);
    assert!(tokio::time::timeout(Duration::from_millis(20), waiting).await.is_err());
    let waiting = tokio::spawn(sending(&emulator, LIST_ENVS, &shop.token));
    while emulator.counters().faults < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(emulator.counters().executed("getEnvInfo"), 0);
    let last = emulator.trace(None, 1).remove(0);
    assert_eq!((last.fault.as_deref(), last.status), (Some("time_out"), None));
    bounded(emulator.close(Duration::from_secs(30))).await;
    bounded(waiting).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn an_answer_can_break_off() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::truncate(LIST_ENVS)).unwrap();
    let address = emulator.base_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST {LIST_ENVS}?access_token={} HTTP/1.1\r\nhost: {address}\r\n", shop.token);
    stream.write_all(format!("{head}content-length: 2\r\n\r\n{{}}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    bounded(stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(body.len(), length.parse::<usize>().unwrap() / 2);
    assert_eq!(emulator.counters().executed("getEnvInfo"), 1);
}

#[tokio::test]
async fn an_answer_can_come_in_pieces() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    emulator.fault(Fault::drip(LIST_ENVS, 7, Duration::from_millis(1))).unwrap();
    assert_code(&sending(&emulator, LIST_ENVS, &shop.token).await.unwrap().json(), 0);

    // With the emulator's own pauses it comes when that time is moved.
    let kind = FaultKind::Drip { bytes: 20, millis: 1000, emulated: true };
    emulator.fault(Fault::new(LIST_ENVS, kind)).unwrap();
    let coming = tokio::spawn(sending(&emulator, LIST_ENVS, &shop.token));
    bounded(async {
        while !coming.is_finished() {
            emulator.advance(Duration::from_secs(1)).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_code(&coming.await.unwrap().unwrap().json(), 0);
}

#[tokio::test]
async fn a_gateways_page_is_the_usual_one() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault(Fault::bad_gateway("*")).unwrap();
    let answer = sending(&emulator, LIST_ENVS, "t").await.unwrap();
    assert_eq!((answer.status, &answer.body[..6]), (StatusCode::BAD_GATEWAY, &b"<html>"[..]));
}
