//! Made-up operations and types.

use serde_json::{Value, json};
use tcb_catalogue::Operation;
use tcb_types::OperationSpec;
use tcb_types::registry::Sent;

use super::typed::Typed;

/// The operation `make`, with these entries in place of the usual ones.
pub(super) fn operation(entries: Value) -> Operation {
    let mut operation = json!({
        "id": "make",
        "pages": [{"family": "made-up", "title": {"en": "Make", "zh": "做"}, "sources": []}],
        "method": "POST",
        "path": "/tcb/make",
        "token": {"query": "access_token", "kinds": ["authorizer"]},
        "permission_sets": [],
        "request": [],
        "response": [],
        "errors": [],
        "samples": [],
        "notes": [],
        "quirks": [],
        "confidence": "high"
    });
    let Value::Object(entries) = entries else { panic!("entries are an object") };
    for (name, value) in entries {
        operation[name] = value;
    }
    serde_json::from_value(operation).unwrap()
}

/// A type that is only facts and schemas, and functions in place of its code.
#[derive(Clone)]
pub(super) struct Fake {
    name: &'static str,
    spec: OperationSpec,
    request: Value,
    answer: Value,
    decode: fn(&Value) -> Result<(), String>,
    reproduce: fn(&Value) -> Result<Sent, String>,
}

impl Fake {
    /// A type that fits an operation without fields and sends what it gets.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            spec: OperationSpec::post("make", "/tcb/make"),
            request: json!({"type": "object"}),
            answer: json!({"type": "object"}),
            decode: |_| Ok(()),
            reproduce: |members| Ok(Sent { query: Vec::new(), body: members.clone() }),
        }
    }

    pub(super) fn spec(mut self, spec: OperationSpec) -> Self {
        self.spec = spec;
        self
    }

    pub(super) fn requests(mut self, schema: Value) -> Self {
        self.request = schema;
        self
    }

    pub(super) fn answers(mut self, schema: Value) -> Self {
        self.answer = schema;
        self
    }

    pub(super) fn decodes(mut self, decode: fn(&Value) -> Result<(), String>) -> Self {
        self.decode = decode;
        self
    }

    pub(super) fn reproduces(mut self, reproduce: fn(&Value) -> Result<Sent, String>) -> Self {
        self.reproduce = reproduce;
        self
    }
}

impl Typed for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn spec(&self) -> &OperationSpec {
        &self.spec
    }

    fn request(&self) -> &Value {
        &self.request
    }

    fn answer(&self) -> &Value {
        &self.answer
    }

    fn decode(&self, body: &[u8]) -> Result<(), String> {
        (self.decode)(&serde_json::from_slice(body).unwrap())
    }

    fn reproduce(&self, members: &Value) -> Result<Sent, String> {
        (self.reproduce)(members)
    }
}
