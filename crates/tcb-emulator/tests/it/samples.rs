//! The official samples, sent as they stand: whatever is answered, it is an answer that the
//! documentation knows.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_catalogue::{Catalogue, Operation, Sample, TokenKind};
use tcb_emulator::{Emulator, FindingKind, Merchant, Script};

use crate::support::*;

/// Sends a request.
async fn send_sample(emulator: &Emulator, operation: &Operation, sample: &Sample, token: &str) -> Answer {
    let query: String = sample.query.iter().flat_map(|(name, value)| ["&", name, "=", value]).collect();
    let token = if operation.token.query.is_some() { format!("access_token={token}") } else { String::new() };
    let url = format!("{}{}?{token}{query}", emulator.base_url(), operation.path);
    let body = if operation.method.as_str() == "GET" { String::new() } else { sample.request.to_string() };
    let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
    send(request(method, &url, body)).await.unwrap()
}

/// Tokens and environments of a merchant and of the platform, with a function in each.
struct World {
    shop: (String, String),
    platform: (String, String),
}

impl World {
    async fn set(emulator: &Emulator) -> Self {
        let shop = shop_with(emulator, Merchant::new().consenting(), &[3, 18, 25, 30, 49, 99, 102]).await;
        assert_code(&call(emulator, OPEN_CLOUD, &shop.token, json!({})).await, 0);
        let env = env(emulator, &shop, "shop").await;
        let (platform, shared) = batch_env(emulator).await;
        let create = json!({"env": env, "function_name": "hello"});
        assert_code(&call(emulator, CREATE_FUNCTION, &shop.token, create).await, 0);
        let create = json!({"functionname": "hello", "envs": [shared], "zipfile": ""});
        assert_code(&call(emulator, "/componenttcb/batchuploadscf", &platform, create).await, 0);
        emulator.script(Script::answering("hello", "hi"));
        Self { shop: (shop.token, env), platform: (platform, shared) }
    }

    /// All samples with the names of this world, and the tokens that go with them.
    fn samples(&self) -> impl Iterator<Item = (&'static Operation, Sample, &str)> {
        Catalogue::get().operations().iter().flat_map(|operation| {
            let of_platform = operation.token.kinds.first() == Some(&TokenKind::Component);
            let (token, env) = if of_platform { &self.platform } else { &self.shop };
            operation.samples.iter().map(move |sample| {
                let mut sample = sample.clone();
                sample.request = with_names(&sample.request, env);
                if sample.query.contains_key("env") {
                    sample.query.insert("env".to_owned(), env.clone());
                    sample.query.insert("name".to_owned(), "hello".to_owned());
                }
                (operation, sample, token.as_str())
            })
        })
    }
}

/// Puts the names of what is there in the place of those of a sample.
fn with_names(value: &Value, env: &str) -> Value {
    match value {
        Value::Object(object) => {
            let named = object.iter().map(|(name, value)| {
                let own = match (name.as_str(), value) {
                    ("env" | "env_id" | "EnvId" | "qbase_env", Value::String(_)) => env.into(),
                    ("envs", _) => json!([env]),
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
    let world = World::set(&emulator).await;
    let odd: Vec<Value> =
        ["", "\u{0}", "\n", "店", "$", "_", "db.collection('a').get()", "{}", "[]", "9999-99-99"]
            .into_iter()
            .map(Value::from)
            .chain([Value::Null, true.into(), (-1).into(), i64::MAX.into(), u64::MAX.into(), 1e300.into()])
            .chain([json!([]), json!({}), json!([{}]), json!({"a": {}})])
            .collect();
    let mut sent = 0;
    for (operation, sample, token) in world.samples() {
        let status = send_sample(&emulator, operation, &sample, token).await.status;
        assert!([StatusCode::OK, StatusCode::NOT_IMPLEMENTED].contains(&status), "{}", operation.id);
        if status == StatusCode::NOT_IMPLEMENTED {
            continue;
        }
        for at in 0..12 {
            let to = &odd[(at + sent) % odd.len()];
            let Some(request) = with_one_changed(&sample.request, at, to) else { continue };
            let mut changed = sample.clone();
            changed.request = request;
            assert_eq!(send_sample(&emulator, operation, &changed, token).await.status, StatusCode::OK);
            sent += 1;
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

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_bytes() {
    async fn answers(seed: u64) -> Vec<String> {
        let emulator = Emulator::builder().seed(seed).clock(clock()).start().await.unwrap();
        let world = World::set(&emulator).await;
        let mut answers = Vec::new();
        for (operation, sample, token) in world.samples() {
            let answer = send_sample(&emulator, operation, &sample, token).await;
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            // Each emulator has a port of its own.
            answers.push(text.replace(emulator.base_url().trim_start_matches("http://"), "emulator"));
        }
        answers
    }
    let first = answers(7).await;
    assert_eq!(first, answers(7).await);
    assert_ne!(first, answers(8).await);
}
