use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::Emulator;

use crate::support::*;

async fn admin(emulator: &Emulator, method: Method, route: &str, body: Value) -> (StatusCode, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = send(request(method, &format!("{}/{route}", emulator.admin_url()), body)).await.unwrap();
    (answer.status, answer.json())
}

async fn get(emulator: &Emulator, route: &str) -> Value {
    let (status, answer) = admin(emulator, Method::GET, route, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{route}: {answer}");
    answer
}

async fn post(emulator: &Emulator, route: &str, body: Value) -> Value {
    let (status, answer) = admin(emulator, Method::POST, route, body).await;
    assert_eq!(status, StatusCode::OK, "{route}: {answer}");
    answer
}

async fn put(emulator: &Emulator, route: &str, body: Value) -> Value {
    let (status, answer) = admin(emulator, Method::PUT, route, body).await;
    assert_eq!(status, StatusCode::OK, "{route}: {answer}");
    answer
}

#[tokio::test]
async fn a_client_in_another_process_can_do_all_a_test_can() {
    let emulator = Emulator::start().await.unwrap();
    let health = get(&emulator, "health").await;
    assert_eq!((&health["status"], &health["seed"]), (&json!("ok"), &json!(1)));
    let component = get(&emulator, "components").await["components"][0].clone();
    assert_eq!(component["component_appid"], health["component_appid"]);
    let component_appid = text(&component, "/component_appid");

    let ticket = get(&emulator, &format!("components/{component_appid}/ticket")).await;
    let body = json!({
        "component_appid": component_appid,
        "component_appsecret": component["component_appsecret"],
        "component_verify_ticket": ticket["component_verify_ticket"],
    });
    let token = text(&call_bare(&emulator, COMPONENT_TOKEN, body).await, "/component_access_token");

    let shop =
        text(&post(&emulator, "merchants", json!({"name": "Corner shop", "phone": true})).await, "/appid");
    let wanted =
        json!({"component_appid": component_appid, "authorizer_appid": shop, "permission_sets": [49]});
    let code = post(&emulator, "authorizations", wanted).await["auth_code"].clone();
    let body = json!({"component_appid": component_appid, "authorization_code": code});
    let answer = call(&emulator, QUERY_AUTH, &token, body).await;
    let token = text(&answer, "/authorization_info/authorizer_access_token");

    assert_code(&call(&emulator, OPEN_CLOUD, &token, json!({})).await, -601_049);
    let prompts = get(&emulator, "prompts").await;
    assert_eq!(prompts["prompts"][0]["kind"], "cloud_consent");
    post(&emulator, &format!("prompts/{}:approve", prompts["prompts"][0]["id"]), Value::Null).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &token, json!({})).await, 0);
    assert_eq!(get(&emulator, "outbox").await["messages"][0]["appid"], shop);

    let rule = json!({"target": "createCloudUser", "kind": "errcode", "code": -1, "times": 2});
    let mut left =
        json!({"target": OPEN_CLOUD, "kind": "errcode", "code": -1, "times": 2, "seen": 0, "hits": 0});
    assert_eq!(put(&emulator, "faults", json!({"faults": [rule]})).await, json!({"faults": [left]}));
    assert_code(&call(&emulator, OPEN_CLOUD, &token, json!({})).await, -1);
    (left["seen"], left["hits"]) = (json!(1), json!(1));
    assert_eq!(get(&emulator, "faults").await, json!({"faults": [left]}));
    let added =
        post(&emulator, "faults", json!({"target": "callbacks", "kind": "duplicate", "every": 2})).await;
    assert_eq!(added["faults"].as_array().unwrap().len(), 2);
    put(&emulator, "faults", json!({"faults": []})).await;

    let merchants = get(&emulator, "merchants").await;
    assert_eq!(merchants["merchants"][0]["name"], "Corner shop");
    assert_eq!(merchants["merchants"][0]["opened"], true);
    assert_eq!(merchants["merchants"][0]["authorized"], json!([component_appid]));
    let counters = get(&emulator, "counters").await;
    assert_eq!(counters["mints"][&shop], 1);
    assert_eq!(counters["executed"]["createCloudUser"], 1);
    assert_eq!(counters["refused"]["createCloudUser"]["-601049"], 1);

    let cancel = json!({"authorizer_appid": shop});
    post(&emulator, "authorizations:cancel", cancel).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &token, json!({})).await, 61003);
    assert_eq!(get(&emulator, "findings").await["findings"], json!([]));
}

#[tokio::test]
async fn the_clock_is_moved_and_set() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let clock = |now: u64, speed: u32| {
        let mode = if speed == 1 { "real" } else { "scaled" };
        json!({"now": now, "speed": speed, "mode": mode})
    };
    assert_eq!(get(&emulator, "clock").await, clock(1_700_000_000, 1));
    assert_eq!(put(&emulator, "clock", json!({"advance_seconds": 60})).await, clock(1_700_000_060, 1));
    assert_eq!(put(&emulator, "clock", json!({"speed": 100})).await, clock(1_700_000_060, 100));
    assert_eq!(emulator.speed(), 100);
    assert_eq!(put(&emulator, "clock", json!({"now": 1_600_000_000})).await, clock(1_600_000_000, 100));
    assert_eq!(get(&emulator, "health").await["now"], 1_600_000_000);
}

#[tokio::test]
async fn the_overlap_is_set() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(get(&emulator, "settings").await, json!({"overlap_seconds": 300}));
    assert_eq!(put(&emulator, "settings", json!({})).await, json!({"overlap_seconds": 300}));
    assert_eq!(
        put(&emulator, "settings", json!({"overlap_seconds": 0})).await,
        json!({"overlap_seconds": 0})
    );
    let older = component_token(&emulator).await;
    component_token(&emulator).await;
    let body = json!({"component_appid": emulator.component().app_id});
    assert_code(&call(&emulator, PRE_AUTH_CODE, &older, body).await, 40001);
}

#[tokio::test]
async fn merchants_are_seeded_and_their_tokens_counted() {
    let emulator = Emulator::start().await.unwrap();
    let other = emulator.add_component().app_id;
    let wanted = json!({"component_appid": other, "count": 2, "permission_sets": [49], "opened": true});
    let seeded = post(&emulator, "merchants:seed", wanted).await;
    assert_eq!(seeded["merchants"].as_array().unwrap().len(), 2);
    assert!(text(&seeded, "/merchants/0/refresh_token").starts_with("refreshtoken@@@"));
    let appid = text(&seeded, "/merchants/0/appid");
    let merchants = emulator.merchants();
    let merchant = merchants.iter().find(|merchant| merchant.appid == *appid).unwrap();
    assert!(merchant.opened && merchant.authorized == [other]);

    let seeded = post(&emulator, "merchants:seed", json!({"count": 1})).await;
    let appid = text(&seeded, "/merchants/0/appid");
    let merchants = emulator.merchants();
    let merchant = merchants.iter().find(|merchant| merchant.appid == *appid).unwrap();
    assert!(!merchant.opened && merchant.authorized == [emulator.component().app_id.clone()]);

    assert_eq!(get(&emulator, "mints").await, json!({"total_mints": 0}));
    component_token(&emulator).await;
    let component = &emulator.component().app_id;
    assert_eq!(get(&emulator, "mints").await, json!({"total_mints": 1}));
    assert_eq!(get(&emulator, &format!("mints/{component}")).await, json!({"mints": 1}));
    assert_eq!(get(&emulator, &format!("mints/{appid}")).await, json!({"mints": 0}));
    assert_eq!(get(&emulator, "counters").await["total_mints"], 1);
}

#[tokio::test]
async fn assumptions_are_read_and_switched() {
    let emulator = Emulator::start().await.unwrap();
    let all = get(&emulator, "assumptions").await;
    assert_eq!(all["assumptions"].as_array().unwrap().len(), Emulator::assumptions().len());
    assert_eq!(get(&emulator, "assumptions/A-001").await["variant"], "refused");
    let answer = put(&emulator, "assumptions/A-001", json!({"variant": "accepted"})).await;
    assert_eq!(answer["variant"], "accepted");
    assert_eq!(emulator.assumed("A-001").unwrap(), "accepted");
}

#[tokio::test]
async fn platforms_are_added_and_receive_pushes() {
    let emulator = Emulator::start().await.unwrap();
    let added = post(&emulator, "components", Value::Null).await;
    let appid = text(&added, "/component_appid");
    assert_ne!(appid, emulator.component().app_id.as_str());
    assert_eq!(text(&added, "/encoding_aes_key").len(), 43);
    let callback = format!("components/{appid}/callback");
    put(&emulator, &callback, json!({"url": "http://127.0.0.1:9/"})).await;
    let delivery = post(&emulator, &format!("components/{appid}/ticket:push"), Value::Null).await;
    assert_eq!((&delivery["attempts"], &delivery["delivered"]), (&json!(3), &json!(false)));
    assert_eq!(get(&emulator, "callbacks").await["callbacks"][0], delivery);
    put(&emulator, &callback, json!({"url": null, "pushing": false})).await;
}

#[tokio::test]
async fn what_is_built_can_be_read() {
    let emulator = Emulator::start().await.unwrap();
    let list = get(&emulator, "operations").await;
    let list = list["operations"].as_array().unwrap();
    assert_eq!(list.len(), 117);
    let count = |status: &str| list.iter().filter(|operation| operation["status"] == status).count();
    assert_eq!((count("stateful"), count("validated"), count("not_built")), (100, 4, 13));
    let containers = list.iter().find(|operation| operation["id"] == "getcslist").unwrap();
    assert!(text(containers, "/why").starts_with("a call of the first edition of containers"));
    let switch = list.iter().find(|operation| operation["id"] == "setCloudAccessToken").unwrap();
    assert_eq!(switch["assumptions"], json!(["A-001"]));
    assert_eq!((&switch["method"], &switch["path"]), (&json!("POST"), &json!(TOKEN_SWITCH)));
}

#[tokio::test]
async fn a_wrong_instruction_gets_a_status_and_a_kind() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.as_str().to_owned();
    let callback = format!("components/{component}/callback");
    let push = format!("components/{component}/ticket:push");
    for (method, route, body, status, kind) in [
        (Method::GET, "", Value::Null, 404, "unknown_route"),
        (Method::GET, "nothing", Value::Null, 404, "unknown_route"),
        (Method::DELETE, "health", Value::Null, 405, "method_not_allowed"),
        (Method::GET, "components/wx0/ticket", Value::Null, 404, "unknown_component"),
        (Method::POST, &push, Value::Null, 409, "no_callback"),
        (Method::PUT, &callback, json!({"url": "http://192.0.2.1/"}), 400, "not_loopback"),
        (Method::POST, "merchants", json!({"phon": true}), 400, "invalid"),
        (Method::POST, "merchants", json!([1]), 400, "invalid"),
        (Method::POST, "authorizations", json!({"authorizer_appid": "wx0"}), 404, "unknown_merchant"),
        (Method::POST, "authorizations", Value::Null, 400, "invalid"),
        (Method::POST, "prompts/1:approve", Value::Null, 404, "unknown_prompt"),
        (Method::POST, "prompts/one:approve", Value::Null, 400, "invalid"),
        (Method::POST, "prompts/1:eat", Value::Null, 404, "unknown_route"),
        (Method::PUT, "clock", json!({}), 400, "invalid"),
        (Method::PUT, "clock", json!({"now": u64::MAX}), 400, "invalid"),
        (Method::PUT, "clock", json!({"speed": 0}), 400, "invalid"),
        (Method::PUT, "clock", json!({"speed": 2, "now": 1}), 400, "invalid"),
        (Method::PUT, "settings", json!({"overlap": 1}), 400, "invalid"),
        (Method::POST, "merchants:seed", json!({}), 400, "invalid"),
        (Method::POST, "merchants:seed", json!({"count": 1_000_001}), 400, "invalid"),
        (
            Method::POST,
            "merchants:seed",
            json!({"count": 1, "component_appid": "wx0"}),
            404,
            "unknown_component",
        ),
        (
            Method::PUT,
            "faults",
            json!({"faults": [{"target": "/x", "kind": "drop_before"}]}),
            400,
            "unknown_path",
        ),
        (Method::PUT, "faults", json!({"faults": [{"target": OPEN_CLOUD, "kind": "fire"}]}), 400, "invalid"),
        (
            Method::PUT,
            "faults",
            json!({"faults": [{"target": OPEN_CLOUD, "kind": "drop_before", "time": 2}]}),
            400,
            "invalid",
        ),
        (Method::GET, "assumptions/A-999", Value::Null, 404, "unknown_assumption"),
        (Method::PUT, "assumptions/A-001", json!({"variant": "maybe"}), 404, "unknown_assumption"),
    ] {
        let (found, answer) = admin(&emulator, method, route, body).await;
        assert_eq!((found.as_u16(), &answer["error"]["kind"]), (status, &json!(kind)), "{route}: {answer}");
    }
}
