use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{DecodeError, EncodeError};

/// JSON that travels as text inside JSON: a record of the database, the event or the result of a
/// cloud function, a configuration.
///
/// It keeps the text as it came, whether or not that is JSON; [`decode`](Self::decode) reads it on
/// demand. `Debug` shows only its length, because records and configurations hold what does not
/// belong in logs.
///
/// Records of the database come as extended JSON: a number may read `{"$numberDouble":"113.0"}`, a
/// date `{"$date":…}`. The type to decode into has to allow for that.
///
/// ```
/// use serde::Deserialize;
/// use tcb_types::JsonText;
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct Task {
///     #[serde(rename = "_id")]
///     id: String,
///     done: bool,
/// }
///
/// let record = JsonText::new(r#"{"_id":"b15498af","done":true}"#);
/// assert_eq!(record.decode::<Task>()?, Task { id: "b15498af".into(), done: true });
/// assert_eq!(record.raw(), r#"{"_id":"b15498af","done":true}"#);
///
/// let event = JsonText::encode(&["a", "b"])?;
/// assert_eq!(event.raw(), r#"["a","b"]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct JsonText(String);

impl JsonText {
    /// Creates a JSON text from a text, as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Json`](crate::EncodeErrorKind::Json) when `value` does not serialise to
    /// JSON.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        serde_json::to_string(value).map(Self).map_err(|_| EncodeError::json())
    }

    /// Returns the text as it is.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Returns the text by value.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Reads the text.
    ///
    /// # Errors
    ///
    /// When the text is not JSON or not a `T`. The error names the place, never the value that was
    /// found there.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(&self.0).map_err(|error| DecodeError::explain_text::<T>(&self.0, &error))
    }

    /// Reads a list of texts.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode), for the first text that does not fit.
    pub fn decode_all<T: DeserializeOwned>(texts: &[Self]) -> Result<Vec<T>, DecodeError> {
        texts.iter().map(Self::decode).collect()
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonText({} bytes)", self.0.len())
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&JsonText> for JsonText {
    fn from(text: &JsonText) -> Self {
        text.clone()
    }
}

impl AsRef<str> for JsonText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Reads any value as JSON text: a text is taken as it is, everything else is written as JSON.
#[cfg(feature = "schema")]
pub(crate) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JsonText, D::Error> {
    Value::deserialize(deserializer).map(from_value)
}

/// As `any`, for a member that may be absent or `null`.
pub(crate) fn optional_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonText>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.map(from_value))
}

fn from_value(value: Value) -> JsonText {
    match value {
        Value::String(text) => text.into(),
        value => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DecodeErrorKind;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        n: u8,
    }

    #[test]
    fn it_travels_as_text_and_keeps_what_is_no_json() {
        let text: JsonText = serde_json::from_str(r#""{\"n\":1}""#).unwrap();
        assert_eq!(text.decode::<Row>().unwrap(), Row { n: 1 });
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""{\"n\":1}""#);
        assert_eq!(JsonText::new("hello").raw(), "hello");
    }

    #[test]
    fn a_text_that_does_not_fit_is_named_by_its_place_and_not_by_its_value() {
        let error = JsonText::new(r#"[{"n":1},{"n":"canary"}]"#).decode::<Vec<Row>>().unwrap_err();
        assert_eq!((error.kind(), error.path()), (DecodeErrorKind::Shape, "[1].n"));
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        assert!(error.to_string().starts_with("the JSON text is not what"), "{error}");
        let error = JsonText::new("canary").decode::<Row>().unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::NotJson);
        let texts = [JsonText::new(r#"{"n":1}"#), JsonText::new("{")];
        assert_eq!(JsonText::decode_all::<Row>(&texts).unwrap_err().kind(), DecodeErrorKind::Truncated);
    }

    #[test]
    fn any_json_becomes_json_text() {
        let read = |body: &str| optional_any(&mut serde_json::Deserializer::from_str(body)).unwrap();
        assert_eq!(read(r#""{\"n\":1}""#), Some(JsonText::new(r#"{"n":1}"#)));
        assert_eq!(read(r#"{"n": 1}"#), Some(JsonText::new(r#"{"n":1}"#)));
        assert_eq!(read("null"), None);
    }

    #[test]
    fn debug_shows_no_record() {
        assert_eq!(format!("{:?}", JsonText::new("canary")), "JsonText(6 bytes)");
    }
}
