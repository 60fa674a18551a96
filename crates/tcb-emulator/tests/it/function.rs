//! Configurations of functions, and invocations.

use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::{Emulator, FindingKind, Script};

use crate::support::*;

const GET_CONFIG: &str = "/tcb/getfuncconfig";
const SET_CONFIG: &str = "/tcb/uploadfuncconfig";
const INVOKE: &str = "/tcb/invokecloudfunction";
const LATER: &str = "/tcb/adddelayedfunctiontask";

async fn with_function(emulator: &Emulator) -> (String, String) {
    let shop = cloud_shop(emulator).await;
    let id = env(emulator, &shop, "shop").await;
    let body = json!({"env": id, "function_name": "hello"});
    assert_code(&call(emulator, CREATE_FUNCTION, &shop.token, body).await, 0);
    (shop.token, id)
}

#[tokio::test]
async fn configurations_are_kept_by_their_type() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_function(&emulator).await;
    let get = async |kind: u32| {
        call(&emulator, GET_CONFIG, &token, json!({"type": kind, "env": env, "function_name": "hello"})).await
    };
    let set = async |kind: u32, config: &str| {
        let body = json!({"type": kind, "env": env, "function_name": "hello", "config": config});
        call(&emulator, SET_CONFIG, &token, body).await
    };
    assert_code(&get(1).await, 85089);
    let limits: Value = serde_json::from_str(&text(&get(3).await, "/config")).unwrap();
    assert_eq!(limits["timeout"], 3);
    emulator.assume("A-035", "85089").unwrap();
    assert_code(&get(3).await, 85089);
    assert_code(&get(2).await, 85089);
    assert_code(&set(3, r#"{"timeout":301}"#).await, 40097);
    assert_code(&set(3, "timeout=5").await, 40097);
    assert_code(&set(3, r#"{"timeout":5}"#).await, 0);
    assert_code(&set(1, r#"{"permissions":{"openapi":["wxacode.get"]}}"#).await, 0);
    assert_eq!(text(&get(3).await, "/config"), r#"{"timeout":5}"#);
    assert!(text(&get(1).await, "/config").contains("wxacode.get"));
    let other = json!({"type": 1, "env": env, "function_name": "nobody"});
    assert_code(&call(&emulator, GET_CONFIG, &token, other.clone()).await, -501_000);
    emulator.assume("A-017", "-501009").unwrap();
    assert_code(&call(&emulator, GET_CONFIG, &token, other).await, -501_009);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_function_answers_what_its_script_says() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_function(&emulator).await;
    let query = format!("&env={env}&name=hello");
    emulator.script(Script::answering("hello", r#"{"for":"all"}"#));
    emulator.script(Script::failing("hello", -504_002).in_env("another"));
    let answer = call_with(&emulator, INVOKE, &query, &token, r#"{"a": 1}"#).await;
    assert_eq!(answer["resp_data"], r#"{"for":"all"}"#);
    emulator.script(Script::answering("hello", "no JSON").in_env(&env));
    assert_eq!(call_with(&emulator, INVOKE, &query, &token, "{}").await["resp_data"], "no JSON");
    emulator.set_scripts([Script::failing("hello", -501_003)]);
    assert_code(&call_with(&emulator, INVOKE, &query, &token, "{}").await, -501_003);

    let invocations = emulator.invocations();
    assert_eq!((invocations.len(), invocations[0].event.as_str()), (3, r#"{"a": 1}"#));
    assert!(!invocations[0].delayed && invocations[0].env == env);
    assert_code(&call_with(&emulator, INVOKE, &query, &token, "").await, 44002);
    assert_code(&call_with(&emulator, INVOKE, &format!("&env={env}"), &token, "{}").await, 40101);
    let unknown = format!("&env={env}&name=nobody");
    assert_code(&call_with(&emulator, INVOKE, &unknown, &token, "{}").await, -501_000);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_function_without_a_script_is_a_finding() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_function(&emulator).await;
    let query = format!("&env={env}&name=hello");
    assert_code(&call_with(&emulator, INVOKE, &query, &token, "{}").await, -504_002);
    assert_eq!(emulator.findings()[0].kind, FindingKind::NotBuilt);
}

#[tokio::test]
async fn an_event_that_is_no_json_is_passed_on_and_found() {
    let emulator = Emulator::start().await.unwrap();
    let (token, env) = with_function(&emulator).await;
    emulator.script(Script::answering("hello", ""));
    let query = format!("&env={env}&name=hello");
    assert_code(&call_with(&emulator, INVOKE, &query, &token, "plain").await, 0);
    assert_eq!(emulator.invocations()[0].event, "plain");
    assert_eq!(emulator.findings()[0].detail, "body: not JSON");
}

#[tokio::test]
async fn a_delayed_invocation_happens_when_its_time_has_come() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (token, env) = with_function(&emulator).await;
    let order =
        |delay: i64| json!({"env": env, "function_name": "hello", "data": "{\"n\":1}", "delay_time": delay});
    for delay in [5, 30 * 24 * 3600 + 1] {
        assert_code(&call(&emulator, LATER, &token, order(delay)).await, 40097);
    }
    assert_code(&call(&emulator, LATER, &token, order(10)).await, 0);
    assert_code(&call(&emulator, LATER, &token, order(6)).await, 0);
    emulator.advance(Duration::from_secs(6)).await;
    assert_eq!(emulator.invocations().len(), 1);
    emulator.advance(Duration::from_secs(4)).await;
    let times: Vec<u64> = emulator.invocations().iter().map(|one| one.time).collect();
    assert_eq!(times, [1_700_000_006, 1_700_000_010]);
    assert!(emulator.invocations()[0].delayed && emulator.invocations()[0].event == "{\"n\":1}");
    emulator.assert_clean();
}
