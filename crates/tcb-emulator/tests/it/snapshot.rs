//! States that are kept, and put back.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tcb_emulator::{
    ClockMode, Emulator, EmulatorErrorKind, Fault, FaultKind, Merchant, Reset, Resource, Script, Transition,
};
use tokio::net::TcpListener;

use crate::support::*;

async fn frozen() -> Emulator {
    Emulator::builder().clock(clock()).clock_mode(ClockMode::Frozen).start().await.unwrap()
}

/// All that was asked and answered, pushed and counted.
fn journal(emulator: &Emulator) -> String {
    let (trace, pushes) = (emulator.trace(None, usize::MAX), emulator.callbacks());
    json!({"trace": trace, "pushes": pushes, "counters": emulator.counters()}).to_string()
}

/// A few requests that draw on the seed, time and what was there.
async fn story(emulator: &Emulator, shop: &Shop, env: &str) {
    refresh(emulator, shop, &shop.refresh_token).await;
    let token = component_token(emulator).await;
    call(emulator, PRE_AUTH_CODE, &token, json!({"component_appid": emulator.component().app_id})).await;
    let alias = json!({"type": "CreatePostpayPackage", "alias": "other"});
    call(emulator, CREATE_ENV, &shop.token, alias).await;
    let add = format!("db.collection('goods').add({{data: {{price: {}}}}})", 7);
    call(emulator, "/tcb/databaseadd", &shop.token, json!({"env": env, "query": add})).await;
    emulator.advance(Duration::from_secs(1200)).await;
    call(emulator, LIST_ENVS, &shop.token, json!({})).await;
    call(emulator, LIST_ENVS, "11_invented", json!({})).await;
}

/// An emulator in which there is something of everything.
async fn furnished() -> (Emulator, Shop, String) {
    let emulator = frozen().await;
    let component = emulator.component().app_id.clone();
    emulator.set_callback_url(&component, "http://127.0.0.1:9/").unwrap();
    let shop = cloud_shop(&emulator).await;
    let env = env(&emulator, &shop, "shop").await;
    let collection = json!({"env": env, "collection_name": "goods"});
    assert_code(&call(&emulator, "/tcb/databasecollectionadd", &shop.token, collection).await, 0);
    let function = json!({"env": env, "function_name": "f"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, function).await, 0);
    let later = json!({"env": env, "function_name": "f", "data": "{}", "delay_time": 700});
    assert_code(&call(&emulator, "/tcb/adddelayedfunctiontask", &shop.token, later).await, 0);
    emulator.set_transition(Resource::Migration, Transition::Manual);
    let export = json!({
        "env": env, "file_path": "a", "file_type": 1,
        "query": "db.collection('goods').where({name: /x/, price: db.command.gt(5)}).get()",
    });
    assert_code(&call(&emulator, "/tcb/databasemigrateexport", &shop.token, export).await, 0);
    let upload = call(&emulator, "/tcb/uploadfile", &shop.token, json!({"env": env, "path": "a.txt"})).await;
    assert_code(&upload, 0);
    let undecided = self::shop(&emulator, Merchant::new()).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &undecided.token, json!({})).await, -601_049);
    emulator.script(Script::answering("f", "{}"));
    emulator.assume("A-008", "grace").unwrap();
    emulator.fault(Fault::errcode("*", -1).every(1000)).unwrap();
    emulator.fault(Fault::new("authorized", FaultKind::Postpone { seconds: 5000 })).unwrap();
    emulator.add_open_account("Emulated Merchant Ltd", true);
    let other = emulator.add_merchant(Merchant::new());
    emulator.authorize(&component, &other, [49]).await.unwrap();
    emulator.change_aes_key(&component).unwrap();
    batch_env(&emulator).await;
    (emulator, shop, env)
}

#[tokio::test]
async fn the_same_requests_after_a_restore_get_the_same_answers() {
    let (emulator, shop, env) = furnished().await;
    emulator.save_snapshot("before").unwrap();
    let mut journals = Vec::new();
    for _ in 0..3 {
        emulator.reset(&Reset::Snapshot("before".to_owned())).unwrap();
        assert!(emulator.trace(None, 1).is_empty());
        story(&emulator, &shop, &env).await;
        journals.push(journal(&emulator));
    }
    assert!(journals[0].contains("databaseadd") && journals[0].contains("component_verify_ticket"));
    assert_eq!(journals[0], journals[1]);
    assert_eq!(journals[0], journals[2]);
}

#[tokio::test]
async fn a_file_brings_everything_to_another_emulator() {
    let (first, shop, env) = furnished().await;
    first.save_snapshot("all").unwrap();
    let file = first.export_snapshot("all").unwrap();
    assert_eq!(file["schema"], 1);

    let second = frozen().await;
    second.import_snapshot("theirs", file.clone()).unwrap();
    second.reset(&Reset::Snapshot("theirs".to_owned())).unwrap();
    second.save_snapshot("again").unwrap();
    assert_eq!(second.export_snapshot("again").unwrap(), file);
    story(&first, &shop, &env).await;
    story(&second, &shop, &env).await;
    assert_eq!(second.counters(), first.counters());
    let answers = |emulator: &Emulator| emulator.trace(None, 1)[0].rid.clone();
    assert_eq!(answers(&second), answers(&first));
}

#[tokio::test]
async fn a_reset_begins_anew() {
    let emulator = frozen().await;
    let first = emulator.component().app_id.clone();
    let token = component_token(&emulator).await;
    cloud_shop(&emulator).await;
    emulator.reset(&Reset::Seed).unwrap();
    assert_eq!(emulator.components()[0].app_id, first);
    assert!(emulator.merchants().is_empty() && emulator.counters().total_mints == 0);
    assert_eq!(component_token(&emulator).await, token);
    emulator.reset(&Reset::Empty).unwrap();
    assert!(emulator.components().is_empty());
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused() {
    let emulator = frozen().await;
    emulator.save_snapshot("a").unwrap();
    let file = emulator.export_snapshot("a").unwrap();
    let with = |name: &str, value: Value| {
        let mut file = file.clone();
        file[name] = value;
        file
    };
    for (file, part) in [
        (json!([]), "no `schema`"),
        (json!({"schema": 1}), "does not fit"),
        (with("schema", json!(2)), "has the version 2; this emulator reads 1"),
        (with("state", json!({})), "does not fit"),
        (with("mode", json!({"scaled": 0})), "the speed is at least 1"),
    ] {
        let error = emulator.import_snapshot("b", file).unwrap_err();
        assert_eq!(error.kind(), EmulatorErrorKind::Invalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    let mut away = file.clone();
    let component = emulator.component().app_id.as_str();
    away["state"]["components"][component]["callback"] = json!("http://192.0.2.1/");
    assert!(emulator.import_snapshot("b", away).is_err(), "nothing is pushed to another machine");
    for name in ["", "a/b", "a:b", &"a".repeat(65)] {
        assert_eq!(emulator.save_snapshot(name).unwrap_err().kind(), EmulatorErrorKind::Invalid);
    }
    emulator.delete_snapshot("a").unwrap();
    let gone = emulator.reset(&Reset::Snapshot("a".to_owned())).unwrap_err();
    assert_eq!(gone.kind(), EmulatorErrorKind::UnknownSnapshot);
    assert!(emulator.snapshots().is_empty());
}

#[tokio::test]
async fn a_push_on_its_way_is_none_of_the_new_state() {
    let emulator = frozen().await;
    let component = emulator.component().app_id.clone();
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", receiver.local_addr().unwrap());
    emulator.set_callback_url(&component, &url).unwrap();
    emulator.save_snapshot("a").unwrap();
    let pushed = {
        let mut push = Box::pin(emulator.push_ticket(&component));
        tokio::select! {
            _ = &mut push => false,
            accepted = receiver.accept() => accepted.is_ok(),
        }
    };
    assert!(pushed);
    emulator.reset(&Reset::Snapshot("a".to_owned())).unwrap();
    emulator.set_callback_url(&component, "http://127.0.0.1:9/").unwrap();
    let delivery = bounded(emulator.push_ticket(&component)).await.unwrap();
    assert_eq!((delivery.id, delivery.url.as_str()), (1, "http://127.0.0.1:9/"));
    bounded(emulator.close(Duration::from_millis(50))).await;
}

#[tokio::test]
async fn another_process_keeps_states_and_goes_back() {
    let emulator = frozen().await;
    let ask = async |method: Method, route: &str, body: Value| {
        let url = format!("{}/{route}", emulator.admin_url());
        let answer = send(request(method, &url, body.to_string())).await.unwrap();
        (answer.status.as_u16(), answer.json())
    };
    let done = (200, json!({}));
    assert_eq!(ask(Method::POST, "snapshots/a:save", json!({})).await, done);
    let (_, file) = ask(Method::GET, "snapshots/a", json!({})).await;
    assert_eq!(ask(Method::PUT, "snapshots/b", file).await, done);
    emulator.add_merchant(Merchant::new());
    assert_eq!(ask(Method::POST, "snapshots/b:restore", json!({})).await, done);
    assert!(emulator.merchants().is_empty());
    assert_eq!(ask(Method::GET, "snapshots", json!({})).await.1, json!({"snapshots": ["a", "b"]}));
    assert_eq!(ask(Method::POST, "snapshots/a:delete", json!({})).await, done);
    assert_eq!(ask(Method::POST, "snapshots/a:restore", json!({})).await.0, 404);
    assert_eq!(ask(Method::POST, "reset", json!({"to": "empty"})).await, done);
    assert!(emulator.components().is_empty());
    assert_eq!(ask(Method::POST, "reset", json!({"to": "start"})).await.0, 400);
}
