//! What is odd about the text of a JSON body, beside what it says.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The names that stand twice in one object, at any depth.
pub(crate) fn repeated_members(text: &[u8]) -> Vec<String> {
    let mut repeated = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(text);
    // What is no JSON has no members.
    let _ = Walk(&mut repeated).deserialize(&mut reader);
    repeated
}

/// Whether a text is written with an escape `\uXXXX`.
pub(crate) fn has_unicode_escape(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && bytes.next() == Some(&b'u') {
            return true;
        }
    }
    false
}

/// Walks through a document and notes the names that come twice.
struct Walk<'a>(&'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Walk(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            object.next_value_seed(Walk(self.0))?;
            if let Some(again) = seen.replace(name) {
                self.0.push(again);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_found_at_any_depth() {
        let text = br#"{"a": 1, "b": [{"c": {}, "d": null, "c": "c"}], "e": 1.5, "a": true}"#;
        assert_eq!(repeated_members(text), ["c", "a"]);
        assert!(repeated_members(br#"{"a": {"b": 1}, "b": -1}"#).is_empty());
        assert!(repeated_members(b"a=b").is_empty());
    }

    #[test]
    fn an_escape_is_told_from_an_escaped_backslash() {
        assert!(has_unicode_escape(br#"{"a": "\\\u5e97"}"#));
        assert!(!has_unicode_escape(br#"{"a": "\\u5e97"}"#));
        assert!(!has_unicode_escape("{\"a\": \"店\\\"\"}".as_bytes()));
    }
}
