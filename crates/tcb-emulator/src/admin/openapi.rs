//! The OpenAPI document of the admin API, made from the table of routes and kept as a file, so that
//! the library serves it without what it is made with.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::route::AdminRoute;
use super::table::ROUTES;

/// Writes the schemas of bodies where they stand, and those of answers once for all.
fn generators() -> (SchemaGenerator, SchemaGenerator) {
    let settings = || SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    let bodies = settings().for_deserialize().with(|settings| settings.inline_subschemas = true);
    let answers =
        settings().for_serialize().with(|settings| settings.definitions_path = "/components/schemas".into());
    (bodies.into_generator(), answers.into_generator())
}

/// `post_prompts_id_approve`.
fn operation_id(route: &AdminRoute) -> String {
    let name = format!("{}_{}", route.method.as_str().to_ascii_lowercase(), route.path);
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    let parameter =
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    names.map(parameter).collect()
}

/// Takes examples in Rust out of the descriptions, and the ends of lines.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                let prose = text.split("\n\n```").next().unwrap_or_default();
                let paragraphs = prose.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                *text = paragraphs.collect::<Vec<_>>().join("\n\n");
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn document() -> Value {
    let (mut bodies, mut answers) = generators();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in ROUTES.iter() {
        let answer = (route.answer)(&mut answers);
        let mut operation = json!({
            "operationId": operation_id(route),
            "summary": route.does,
            "parameters": parameters(route.path),
            "responses": {
                "200": {"description": "It was done.", "content": {"application/json": {"schema": answer}}},
                "default": {"$ref": "#/components/responses/Failure"},
            },
        });
        if let Some(body) = route.body {
            let schema = body(&mut bodies);
            let required = schema.get("required").is_some();
            operation["requestBody"] =
                json!({"required": required, "content": {"application/json": {"schema": schema}}});
        }
        let methods = paths.entry(format!("/{}", route.path)).or_default();
        let method = route.method.as_str().to_ascii_lowercase();
        assert!(methods.insert(method, operation).is_none(), "{} stands twice", route.path);
    }
    let failure = json!({
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"kind": {"type": "string"}, "message": {"type": "string"}},
                "required": ["kind", "message"],
            },
        },
        "required": ["error"],
    });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The admin API of tcb-emulator",
            "version": "1",
            "description": "What a test, a console or tcbctl does with a running emulator. It is no part of WeChat's API.",
        },
        "servers": [{"url": "/_emu/v1"}],
        "paths": paths,
        "components": {
            "schemas": answers.take_definitions(true),
            "responses": {
                "Failure": {
                    "description": "It was not done, and why.",
                    "content": {"application/json": {"schema": failure}},
                },
            },
        },
    });
    tidy(&mut document);
    document
}

#[test]
fn the_document_is_made_from_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/openapi.json");
    let made = format!("{:#}\n", document());
    if std::env::var_os("TCB_EMULATOR_SNAPSHOTS").is_some_and(|mode| mode == "write") {
        std::fs::write(&path, made).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    for (number, (made, kept)) in made.lines().zip(kept.lines()).enumerate() {
        let line = number + 1;
        assert_eq!(made, kept, "openapi.json, line {line}; TCB_EMULATOR_SNAPSHOTS=write writes it anew");
    }
    assert_eq!(made.len(), kept.len(), "openapi.json has another length");
}
