use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::json;
use tcb_emulator::{Emulator, EmulatorErrorKind, Fault};
use tcb_types::{Clock, SystemClock};

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
        (Fault::errcode("/tcb/creatfunction", -1), EmulatorErrorKind::UnknownPath),
        (Fault::errcode("/tcb/deletefunction", -1), EmulatorErrorKind::UnknownPath),
        (Fault::errcode(CREATE_ENV, 0), EmulatorErrorKind::Invalid),
        (Fault::errcode(CREATE_ENV, -1).times(0), EmulatorErrorKind::Invalid),
        (Fault::http(CREATE_ENV, 99, ""), EmulatorErrorKind::Invalid),
    ] {
        assert_eq!(emulator.fault(fault).unwrap_err().kind(), kind);
    }
    assert!(emulator.faults().is_empty());
}
