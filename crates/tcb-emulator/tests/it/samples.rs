//! The official samples, sent as they stand: whatever is answered, it is an answer that the
//! documentation knows.

use http::{Method, StatusCode};
use serde_json::Value;
use tcb_catalogue::{Catalogue, Operation, Sample, TokenKind};
use tcb_emulator::{Emulator, FindingKind, Merchant, Script};

use crate::support::*;

/// Sends a request and returns the status.
async fn send_sample(emulator: &Emulator, operation: &Operation, sample: &Sample, token: &str) -> StatusCode {
    let query: String = sample.query.iter().flat_map(|(name, value)| ["&", name, "=", value]).collect();
    let token = if operation.token.query.is_some() { format!("access_token={token}") } else { String::new() };
    let url = format!("{}{}?{token}{query}", emulator.base_url(), operation.path);
    let body = if operation.method.as_str() == "GET" { String::new() } else { sample.request.to_string() };
    let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
    send(request(method, &url, body)).await.unwrap().status
}

/// Puts the names of what is there in the place of those of a sample.
fn with_names(value: &Value, env: &str) -> Value {
    match value {
        Value::Object(object) => {
            let named = object.iter().map(|(name, value)| {
                let own = match (name.as_str(), value) {
                    ("env" | "env_id" | "EnvId" | "qbase_env", Value::String(_)) => env.into(),
                    ("envs", _) => serde_json::json!([env]),
                    ("function_name" | "functionname" | "funcname" | "functionName", _) => "hello".into(),
                    ("collection_name", _) => "geo".into(),
                    _ => with_names(value, env),
                };
                (name.clone(), own)
            });
            Value::Object(named.collect())
        }
        Value::Array(items) => items.iter().map(|item| with_names(item, env)).collect(),
        value => value.clone(),
    }
}

/// Changes one value anywhere in a document.
fn with_one_changed(document: &Value, at: usize, to: &Value) -> Option<Value> {
    fn change(value: &mut Value, left: &mut usize, to: &Value) {
        if *left == 0 {
            *value = to.clone();
        }
        *left = left.wrapping_sub(1);
        match value {
            Value::Object(object) => object.values_mut().for_each(|value| change(value, left, to)),
            Value::Array(items) => items.iter_mut().for_each(|value| change(value, left, to)),
            _ => {}
        }
    }
    let (mut changed, mut left) = (document.clone(), at);
    change(&mut changed, &mut left, to);
    (changed != *document).then_some(changed)
}

#[tokio::test]
async fn every_sample_is_answered_as_documented() {
    let emulator = Emulator::start().await.unwrap();
    let shop = shop_with(&emulator, Merchant::new().consenting(), &[3, 18, 25, 30, 49, 99, 102]).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, serde_json::json!({})).await, 0);
    let own = env(&emulator, &shop, "shop").await;
    let (platform, shared) = batch_env(&emulator).await;
    let create = serde_json::json!({"env": own, "function_name": "hello"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, create).await, 0);
    let create = serde_json::json!({"functionname": "hello", "envs": [shared], "zipfile": ""});
    assert_code(&call(&emulator, "/componenttcb/batchuploadscf", &platform, create).await, 0);
    emulator.script(Script::answering("hello", "hi"));
    let odd: Vec<Value> =
        ["", "\u{0}", "\n", "店", "$", "_", "db.collection('a').get()", "{}", "[]", "9999-99-99"]
            .into_iter()
            .map(Value::from)
            .chain([Value::Null, true.into(), (-1).into(), i64::MAX.into(), u64::MAX.into(), 1e300.into()])
            .chain([
                serde_json::json!([]),
                serde_json::json!({}),
                serde_json::json!([{}]),
                serde_json::json!({"a": {}}),
            ])
            .collect();
    let mut sent = 0;
    for operation in Catalogue::get().operations() {
        let of_platform = operation.token.kinds.first() == Some(&TokenKind::Component);
        let (token, env) = if of_platform { (&platform, &shared) } else { (&shop.token, &own) };
        for sample in &operation.samples {
            let mut sample = sample.clone();
            sample.request = with_names(&sample.request, env);
            if sample.query.contains_key("env") {
                sample.query.insert("env".to_owned(), env.clone());
                sample.query.insert("name".to_owned(), "hello".to_owned());
            }
            let sample = &sample;
            let status = send_sample(&emulator, operation, sample, token).await;
            assert!([StatusCode::OK, StatusCode::NOT_IMPLEMENTED].contains(&status), "{}", operation.id);
            if status == StatusCode::NOT_IMPLEMENTED {
                continue;
            }
            for at in 0..12 {
                let to = &odd[(at + sent) % odd.len()];
                let Some(request) = with_one_changed(&sample.request, at, to) else { continue };
                let mut changed = sample.clone();
                changed.request = request;
                assert_eq!(send_sample(&emulator, operation, &changed, token).await, StatusCode::OK);
                sent += 1;
            }
        }
    }
    assert!(sent > 400, "{sent}");
    let findings = emulator.findings();
    let wrong: Vec<String> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Answer)
        .map(ToString::to_string)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
