use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Operation, OperationSpec, ResponseError, Scrubber, read_response};

/// One operation type.
pub struct Entry {
    /// Name of the Rust type.
    pub rust_name: &'static str,
    /// Its documented facts.
    pub spec: OperationSpec,
    /// JSON Schema of the request.
    pub request: Schema,
    /// JSON Schema of the answer, without the envelope.
    pub response: Schema,
    decode: fn(&[u8]) -> Result<(), ResponseError>,
    write: fn(&[u8]) -> Result<Written, String>,
    write_again: fn(&Value) -> Result<Written, String>,
    reproduce: fn(&Value) -> Result<Sent, String>,
}

/// What a typed request sends.
#[derive(Debug, PartialEq)]
pub struct Sent {
    /// Parameters of the URL.
    pub query: Vec<(String, String)>,
    /// The JSON body; an empty object for a call without a body.
    pub body: Value,
}

/// An answer as its type shows and writes it.
#[derive(Debug, PartialEq)]
pub struct Written {
    /// What `Debug` shows.
    pub debug: String,
    /// What it serialises to.
    pub json: Value,
}

impl Written {
    fn of(answer: &(impl Serialize + fmt::Debug)) -> Result<Self, String> {
        let json = serde_json::to_value(answer).map_err(|error| error.to_string())?;
        Ok(Self { debug: format!("{answer:?}"), json })
    }
}

impl Entry {
    pub(crate) fn of<O>(rust_name: &'static str) -> Self
    where
        O: Operation + DeserializeOwned + JsonSchema,
        O::Response: JsonSchema + Serialize + fmt::Debug,
    {
        Self {
            rust_name,
            spec: O::SPEC,
            request: schemars::schema_for!(O),
            response: schemars::schema_for!(O::Response),
            decode: |body| read_response::<O>(body, &Scrubber::default()).map(drop),
            write: |body| {
                let answer = read_response::<O>(body, &Scrubber::default());
                Written::of(&answer.map_err(|error| error.to_string())?)
            },
            write_again: |json| {
                let answer: O::Response =
                    serde_json::from_str(&json.to_string()).map_err(|error| error.to_string())?;
                Written::of(&answer)
            },
            reproduce: |sample| {
                let operation: O =
                    serde_json::from_value(sample.clone()).map_err(|error| error.to_string())?;
                let query =
                    operation.query().into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()));
                let query = query.collect();
                let body = operation.body().map_err(|error| error.to_string())?;
                let body = match body.as_slice() {
                    [] => Value::Object(serde_json::Map::new()),
                    body => serde_json::from_slice(body).map_err(|error| error.to_string())?,
                };
                Ok(Sent { query, body })
            },
        }
    }

    /// Reads an answer as the operation would.
    ///
    /// # Errors
    ///
    /// As [`read_response`].
    pub fn decode(&self, body: &[u8]) -> Result<(), ResponseError> {
        (self.decode)(body)
    }

    /// Reads an answer as the operation would, and writes it.
    ///
    /// # Errors
    ///
    /// In words, when the body is no answer of the operation.
    pub fn write(&self, body: &[u8]) -> Result<Written, String> {
        (self.write)(body)
    }

    /// Reads an answer that was written, and writes it again.
    ///
    /// # Errors
    ///
    /// In words, when the type cannot do without a secret that was left out.
    pub fn write_again(&self, json: &Value) -> Result<Written, String> {
        (self.write_again)(json)
    }

    /// Reads the members of a request into the type and gives what the type would send.
    ///
    /// # Errors
    ///
    /// In words, when the members do not fit the type or break a documented limit.
    pub fn reproduce(&self, request: &Value) -> Result<Sent, String> {
        (self.reproduce)(request)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("rust_name", &self.rust_name)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
