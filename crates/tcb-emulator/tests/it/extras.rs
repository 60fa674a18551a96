//! What goes with cloud development: phone numbers, credentials, pressure tests, payments, data.

use std::time::Duration;

use serde_json::json;
use tcb_emulator::{Emulator, Merchant, PromptKind};

use crate::support::*;

#[tokio::test]
async fn a_number_is_asked_for_once_a_day() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop(&emulator, Merchant::new().without_phone()).await;
    let check = async |asks: bool| {
        let answer = call(&emulator, "/tcb/checkmobile", &shop.token, json!({"push_tmpl": asks})).await;
        answer["has_mobile"].as_bool().unwrap()
    };
    assert!(!check(false).await && emulator.prompts().is_empty());
    assert!(!check(true).await && !check(true).await);
    assert_eq!((emulator.outbox().len(), emulator.prompts()[0].kind), (1, PromptKind::Phone));
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert!(check(false).await);
    emulator.assert_clean();
}

#[tokio::test]
async fn ten_credentials_are_given_in_an_hour() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let get = async |lifespan: i64| {
        call(&emulator, "/tcb/getqcloudtoken", &shop.token, json!({"lifespan": lifespan})).await
    };
    let first = get(7200).await;
    assert_eq!(first["expired_time"], 1_700_007_200);
    assert_ne!(get(60).await["secretid"], first["secretid"]);
    assert_code(&get(7201).await, 40097);
    for _ in 0..8 {
        assert_code(&get(60).await, 0);
    }
    assert_code(&get(60).await, 45009);
    emulator.advance(Duration::from_secs(3600)).await;
    assert_code(&get(60).await, 0);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_pressure_test_runs_for_its_time() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let create = json!({"task_url": "pages/index/index", "run_count": 3, "run_time": 10, "source_type": 9});
    let id = call(&emulator, "/tcb/createpressuretesttask", &shop.token, create).await["pressure_id"].clone();
    let status =
        async || call(&emulator, "/tcb/getpressureteststatus", &shop.token, json!({"pressure_id": id})).await;
    let report =
        async || call(&emulator, "/tcb/getpressuretestreport", &shop.token, json!({"pressure_id": id})).await;
    let running = status().await;
    assert_eq!((&running["status"], &running["end_time"]), (&json!("Crawling"), &json!(1_700_000_010)));
    assert_eq!(report().await["report"]["total_launch_cnt"], 0);
    emulator.assume("A-025", "refused").unwrap();
    assert_code(&report().await, -501_009);
    emulator.advance(Duration::from_secs(10)).await;
    assert_eq!(status().await["status"], "Finished");
    emulator.assume("A-024", "done").unwrap();
    assert_eq!(status().await["status"], "Done");
    assert_eq!(report().await["report"]["total_launch_cnt"], 30);
    let unknown = json!({"pressure_id": 1});
    assert_code(&call(&emulator, "/tcb/getpressureteststatus", &shop.token, unknown).await, -501_009);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_pay_merchant_confirms_step_by_step() {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let request = async |action: &str| {
        let body = json!({"action": action, "merchant_code": "1900006511"});
        errcode(&call(&emulator, "/tcb/wxpayopenauth", &shop.token, body).await)
    };
    let states = async || {
        let list = call(&emulator, "/tcb/wxpaylist", &shop.token, json!({})).await;
        ["mch_relation_state", "jsapi_auth_state", "refund_auth_state"]
            .map(|name| list["list"][0][name].as_str().unwrap().rsplit('_').next().unwrap().to_owned())
    };
    assert_eq!(request("openjsapi").await, 40097, "it is not bound");
    assert_eq!(request("bind").await, 0);
    assert_eq!(states().await, ["WXTPL", "UNAUTHORIZED", "UNAUTHORIZED"]);
    emulator.approve(emulator.prompts()[0].id).unwrap();
    assert_eq!([request("openjsapi").await, request("openrefund").await], [0, 0]);
    assert_eq!(emulator.prompts().len(), 2, "each permission is asked for on its own");
    emulator.approve(emulator.prompts()[0].id).unwrap();
    emulator.deny(emulator.prompts()[0].id).unwrap();
    assert_eq!(states().await, ["BINDED", "AUTHORIZED", "UNAUTHORIZED"]);
    assert_eq!(request("openjsapi").await, 0);
    emulator.assume("A-026", "refused").unwrap();
    assert_eq!([request("openjsapi").await, request("openrefund").await], [40097, 0]);
    emulator.assert_clean();
}

#[tokio::test]
async fn open_data_is_what_a_test_put_there() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop_with(&emulator, Merchant::new(), &[18]).await;
    let steps = json!({"stepInfoList": [{"timestamp": 1_603_641_600, "step": 1234}]});
    emulator.set_open_data(&shop.app_id, "cloud-1", steps.clone()).unwrap();
    let get = async || {
        let body = json!({"cloudid_list": ["cloud-1", "cloud-2"]});
        call_with(&emulator, "/wxa/getopendata", "&openid=o1", &shop.token, body.to_string()).await
    };
    let known = json!({"cloud_id": "cloud-1", "json": {"cloudID": "cloud-1", "data": steps}});
    assert_eq!(get().await["data_list"], json!([known]));
    emulator.assume("A-027", "empty").unwrap();
    assert_eq!(get().await["data_list"][1]["json"]["data"], json!({}));

    let sign = async |nonce: &str| {
        let body = json!({"group_id": "room", "nonce": nonce, "timestamp": 1_700_000_000});
        call(&emulator, "/wxa/getvoipsign", &shop.token, body).await
    };
    assert_eq!(text(&sign("n").await, "/signature").len(), 40);
    assert_code(&sign(&"n".repeat(128)).await, 40097);
    emulator.assert_clean();
}
