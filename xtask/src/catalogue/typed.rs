//! An operation type as the comparison sees it.

use serde_json::Value;
use tcb_types::OperationSpec;
use tcb_types::registry::{Entry, Sent};

/// An operation type. The registry's entries are such; the tests make their own.
pub(super) trait Typed {
    /// Name of the Rust type.
    fn name(&self) -> &str;
    /// Its documented facts.
    fn spec(&self) -> &OperationSpec;
    /// JSON Schema of the request.
    fn request(&self) -> &Value;
    /// JSON Schema of the answer.
    fn answer(&self) -> &Value;
    /// Reads an answer; a refusal in words.
    fn decode(&self, body: &[u8]) -> Result<(), String>;
    /// What a request with these members sends; a refusal in words.
    fn reproduce(&self, members: &Value) -> Result<Sent, String>;
}

impl Typed for Entry {
    fn name(&self) -> &str {
        self.rust_name
    }

    fn spec(&self) -> &OperationSpec {
        &self.spec
    }

    fn request(&self) -> &Value {
        self.request.as_value()
    }

    fn answer(&self) -> &Value {
        self.response.as_value()
    }

    fn decode(&self, body: &[u8]) -> Result<(), String> {
        Entry::decode(self, body).map_err(|error| {
            let mut words = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                words = format!("{words}: {cause}");
                source = cause.source();
            }
            words
        })
    }

    fn reproduce(&self, members: &Value) -> Result<Sent, String> {
        Entry::reproduce(self, members)
    }
}
