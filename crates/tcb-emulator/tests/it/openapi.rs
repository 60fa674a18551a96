//! The document of the admin API against the running emulator.

use http::{Method, StatusCode};
use regex::Regex;
use serde_json::{Value, json};
use tcb_emulator::{Emulator, Merchant};

use crate::support::*;

/// Why a value does not fit a schema; nothing when it does.
fn misfit(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let members = match schema {
        Value::Bool(true) => return None,
        Value::Object(members) => members,
        _ => return Some(format!("{schema} lets nothing pass")),
    };
    let fits = |schema: &Value| misfit(document, schema, value).is_none();
    members.iter().find_map(|(keyword, rule)| match keyword.as_str() {
        "$ref" => {
            let target = document.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap());
            misfit(document, target.expect("the reference leads somewhere"), value)
        }
        "type" => {
            let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
            let fits = types.iter().any(|name| is_of(name.as_str().unwrap(), value));
            (!fits).then(|| format!("{value} is no {rule}"))
        }
        "const" => (rule != value).then(|| format!("{value} is not {rule}")),
        "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("{value} is not in {rule}")),
        "required" => {
            let missing = rule.as_array().unwrap().iter().find(|name| value.get(text_of(name)).is_none());
            missing.map(|name| format!("{name} is missing in {value}"))
        }
        "properties" => rule.as_object().unwrap().iter().find_map(|(name, schema)| {
            let found = misfit(document, schema, value.get(name)?)?;
            Some(format!("{name}: {found}"))
        }),
        "patternProperties" => rule.as_object().unwrap().iter().find_map(|(pattern, schema)| {
            let pattern = Regex::new(pattern).unwrap();
            let mut matching =
                value.as_object().into_iter().flatten().filter(|(name, _)| pattern.is_match(name));
            matching.find_map(|(name, value)| Some(format!("{name}: {}", misfit(document, schema, value)?)))
        }),
        "additionalProperties" => {
            let of = |keyword| members.get(keyword).and_then(Value::as_object);
            let is_known = |name: &str| {
                let mut patterns = of("patternProperties").into_iter().flatten();
                of("properties").is_some_and(|known| known.contains_key(name))
                    || patterns.any(|(pattern, _)| Regex::new(pattern).unwrap().is_match(name))
            };
            let mut others = value.as_object().into_iter().flatten().filter(|(name, _)| !is_known(name));
            others.find_map(|(name, value)| Some(format!("{name}: {}", misfit(document, rule, value)?)))
        }
        "items" => value.as_array().into_iter().flatten().find_map(|item| misfit(document, rule, item)),
        "anyOf" => (!rule.as_array().unwrap().iter().any(fits)).then(|| format!("{value} fits none")),
        "oneOf" => {
            let fitting = rule.as_array().unwrap().iter().filter(|schema| fits(schema)).count();
            (fitting != 1).then(|| format!("{value} fits {fitting} of {rule}"))
        }
        "allOf" => rule.as_array().unwrap().iter().find_map(|schema| misfit(document, schema, value)),
        "minimum" => (value.as_f64() < rule.as_f64()).then(|| format!("{value} is less than {rule}")),
        "maximum" => (value.as_f64() > rule.as_f64()).then(|| format!("{value} is more than {rule}")),
        "minItems" => {
            let items = value.as_array().map_or(0, Vec::len);
            (items < usize::try_from(rule.as_u64().unwrap()).unwrap())
                .then(|| format!("{value} is too short"))
        }
        "title" | "description" | "default" | "format" | "examples" => None,
        other => Some(format!("this test does not know the keyword {other}")),
    })
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("no type is called {name}"),
    }
}

#[test]
fn the_reader_of_schemas_tells_what_fits() {
    let document = json!({"components": {"schemas": {"A": {"type": "integer", "minimum": 0}}}});
    let schema = json!({
        "type": "object",
        "properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {"oneOf": [{"const": "x"}, {"enum": ["y"]}]}},
        "required": ["a"],
        "additionalProperties": {"type": ["string", "null"]},
    });
    for fitting in
        [json!({"a": 1}), json!({"a": 0, "b": "x", "c": null}), json!({"a": 1, "b": "y", "d": "z"})]
    {
        assert_eq!(misfit(&document, &schema, &fitting), None);
    }
    for other in [json!([]), json!({}), json!({"a": -1}), json!({"a": 1, "b": "z"}), json!({"a": 1, "c": 1})]
    {
        assert!(misfit(&document, &schema, &other).is_some(), "{other}");
    }
    assert!(misfit(&document, &json!({"prefixItems": []}), &json!([])).is_some());
}

/// An emulator in which there is something of everything, and what the parameters of paths may be.
async fn furnished() -> (Emulator, impl Fn(&str, &str) -> String) {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let env = env(&emulator, &shop, "shop").await;
    for _ in 0..2 {
        let undecided = self::shop(&emulator, Merchant::new()).await;
        assert_code(&call(&emulator, OPEN_CLOUD, &undecided.token, json!({})).await, -601_049);
    }
    send(request(Method::POST, &format!("{}/tcb/nothing", emulator.base_url()), "")).await.unwrap();
    emulator.fault(tcb_emulator::Fault::errcode(OPEN_CLOUD, -1)).unwrap();
    emulator.script(tcb_emulator::Script::answering("login", "{}"));
    let open_account = emulator.add_open_account("Emulated Merchant Ltd", false).to_string();
    let component = emulator.component().app_id.to_string();
    let merchant = shop.app_id.to_string();
    for name in ["1", "2"] {
        emulator.save_snapshot(name).unwrap();
    }
    let rid = emulator.trace(None, 1)[0].rid.clone();
    let parameter = move |path: &str, name: &str| match (path.split('/').next().unwrap_or_default(), name) {
        ("components", "appid") => component.clone(),
        ("open-accounts", "appid") => open_account.clone(),
        (_, "appid") => merchant.clone(),
        ("assumptions", "id") => "A-001".to_owned(),
        (_, "env") => env.clone(),
        (_, "rid") => rid.clone(),
        (_, "resource") => "function".to_owned(),
        _ if path.ends_with(":deny") || path.ends_with(":delete") => "2".to_owned(),
        _ => "1".to_owned(),
    };
    (emulator, parameter)
}

/// What the routes need that do nothing without a body.
fn body(method: &Method, path: &str, merchant: &str) -> Value {
    let fault = json!({"target": OPEN_CLOUD, "kind": "errcode", "code": -1});
    match path {
        "/components/{appid}/callback" => json!({"url": "http://127.0.0.1:9/"}),
        "/components/{appid}/batch" => json!({"opened": true}),
        "/merchants:seed" => json!({"count": 2}),
        "/merchants/{appid}/open-data" => json!({"cloud_id": "1", "data": {}}),
        "/authorizations" | "/authorizations:cancel" => json!({"authorizer_appid": merchant}),
        "/open-accounts" => json!({"subject": "Emulated Merchant Ltd"}),
        "/clock" => json!({"speed": 2}),
        "/clock:advance" => json!({"by": 1}),
        "/faults" if method == Method::POST => fault,
        "/faults" => json!({"faults": [fault]}),
        "/scripts" => json!({"scripts": [{"function": "login", "answer": "{}"}]}),
        "/transitions" => json!({"transitions": {"function": {"policy": "immediate"}}}),
        "/console-environments" => json!({"env": "made-elsewhere"}),
        "/environments/{env}" => json!({"halted": false}),
        "/reset" => json!({"to": "seed"}),
        "/quotas" => json!({"quotas": {OPEN_CLOUD: 10}}),
        "/assumptions/{id}" => json!({"variant": "accepted"}),
        "/release-checks" => json!({"callback": "http://127.0.0.1:9/"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_route_of_the_document_answers_as_it_says() {
    let (emulator, parameter) = furnished().await;
    let url = format!("{}/openapi.json", emulator.admin_url());
    let document = send(request(Method::GET, &url, "")).await.unwrap().json();
    // Reading first: what acts may take away what is read.
    for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
        let name = method.as_str().to_ascii_lowercase();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let Some(operation) = methods.get(&name) else { continue };
            let mut url = format!("{}{path}", emulator.admin_url());
            for name in operation["parameters"].as_array().unwrap().iter().map(|one| text(one, "/name")) {
                url = url.replace(&format!("{{{name}}}"), &parameter(&path[1..], &name));
            }
            let body = if method == Method::PUT && path == "/snapshots/{name}" {
                emulator.export_snapshot("1").unwrap()
            } else if [Method::PUT, Method::POST].contains(&method) {
                body(&method, path, &parameter("merchants", "appid"))
            } else {
                json!({})
            };
            if let Some(wanted) = operation.pointer("/requestBody/content/application~1json/schema") {
                assert_eq!(misfit(&document, wanted, &body), None, "the body of {method} {path}");
            }
            let answer = send(request(method.clone(), &url, body.to_string())).await.unwrap();
            let told = answer.json();
            let advice = "what it needs has to be in `furnished` and `body`";
            assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {told}; {advice}");
            let promised = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            assert_eq!(misfit(&document, promised, &told), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_as_the_document_says() {
    let emulator = Emulator::start().await.unwrap();
    let get = async |route: &str| {
        let url = format!("{}/{route}", emulator.admin_url());
        send(request(Method::GET, &url, "")).await.unwrap().json()
    };
    let document = get("openapi.json").await;
    let schema = &document["components"]["responses"]["Failure"]["content"]["application/json"]["schema"];
    for route in ["nothing", "prompts/1", "merchants:seed"] {
        assert_eq!(misfit(&document, schema, &get(route).await), None, "{route}");
    }
}
