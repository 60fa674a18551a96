//! Where messages are pushed to inside of the cloud.

use serde_json::json;
use tcb_emulator::Emulator;

use crate::support::*;

const SET: &str = "/tcb/setcallbackconfig";
const GET: &str = "/tcb/getcallbackconfig";
const SET_OLD: &str = "/tcb/uploadappconfig";
const GET_OLD: &str = "/tcb/getappconfig";

#[tokio::test]
async fn a_block_that_is_not_sent_stays() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let create = json!({"env": id, "function_name": "callback"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, create).await, 0);
    assert_eq!(call(&emulator, GET, &shop.token, json!({})).await["data"], json!({}));

    let entry = |kind: &str, event: &str, env: &str| json!({"msgType": kind, "event": event, "env": env, "functionName": "callback"});
    let functions = |on: bool, entry| json!({"function_config": {"enable": on, "callbacks": [entry]}});
    let container = |on: bool| json!({"container_config": {"enable": on, "qbase_env": id, "qbase_container_path": "/", "text_mode": 1}});
    assert_code(&call(&emulator, SET, &shop.token, container(true)).await, 0);
    let image = entry("image", "", &id);
    assert_code(&call(&emulator, SET, &shop.token, functions(true, image.clone())).await, 40097);
    emulator.assume("A-033", "-501007").unwrap();
    assert_code(&call(&emulator, SET, &shop.token, functions(true, image.clone())).await, -501_007);
    assert_code(&call(&emulator, SET, &shop.token, functions(false, image.clone())).await, 0);
    let data = call(&emulator, GET, &shop.token, json!({})).await["data"].clone();
    assert_eq!(data["container_config"], container(true)["container_config"]);
    assert_eq!(data["function_config"]["callbacks"][0]["enable"], true, "the usual switch is filled in");

    assert_code(&call(&emulator, SET, &shop.token, container(false)).await, 0);
    assert_code(&call(&emulator, SET, &shop.token, functions(true, image)).await, 0);
    for wrong in [entry("event", "", &id), entry("image", "x", &id)] {
        assert_code(&call(&emulator, SET, &shop.token, functions(true, wrong)).await, 40097);
    }
    let nowhere = functions(true, entry("image", "", "nowhere"));
    assert_code(&call(&emulator, SET, &shop.token, nowhere).await, -501_000);
    emulator.assert_clean();
}

#[tokio::test]
async fn the_older_call_writes_the_same() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let create = json!({"env": id, "function_name": "f"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, create).await, 0);
    let none = call(&emulator, GET_OLD, &shop.token, json!({"type": 1})).await;
    assert_eq!(text(&none, "/config"), r#"{"callbacks":[],"enable":false}"#);
    let entry = json!({"msgType": "text", "event": "", "env": id, "functionName": "f"});
    let config = json!({"enable": true, "callbacks": [entry]}).to_string();
    assert_code(&call(&emulator, SET_OLD, &shop.token, json!({"type": 1, "config": config})).await, 0);
    assert_code(&call(&emulator, SET_OLD, &shop.token, json!({"type": 1, "config": "[]"})).await, 40097);
    let data = call(&emulator, GET, &shop.token, json!({})).await["data"].clone();
    assert_eq!(data["function_config"]["callbacks"][0]["functionName"], "f");
    let old = call(&emulator, GET_OLD, &shop.token, json!({"type": 1})).await;
    assert_eq!(text(&old, "/config"), data["function_config"].to_string());
    emulator.assert_clean();
}
