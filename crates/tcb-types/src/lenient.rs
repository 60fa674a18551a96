//! Reads plain values by their meaning, where the service writes them in another kind than
//! documented.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

/// A deserializer of answers in which one oddly written value does not spoil the rest, at any
/// depth.
///
/// - A truth value may be `0`, `1`, `"true"`, `"false"`, `"0"` or `"1"`.
/// - A number may be text; a whole number may be written `1.0`.
/// - Text may be a number, but not a truth value: `false` for an id says that there is none.
/// - `null` in a list is skipped. A field in which the place in the list matters needs its own
///   reader.
///
/// A value that is read into any type, such as `serde_json::Value`, stays as it is written.
pub(crate) struct Lenient<D>(pub(crate) D);

/// Methods that ask for whatever is there, and leave it to a visitor to make the wanted value of
/// it.
macro_rules! read_as {
    ($($wanted:ident: $($method:ident)*;)*) => {$($(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.deserialize_any($wanted(visitor))
        }
    )*)*};
}

/// Methods for values that hold other values.
macro_rules! look_inside {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* Inside(visitor))
        }
    )*};
}

/// Methods for values that are not written in several ways.
macro_rules! leave {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Lenient<D> {
    type Error = D::Error;

    read_as! {
        Truth: deserialize_bool;
        Whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
            deserialize_u64;
        Number: deserialize_f32 deserialize_f64;
        Text: deserialize_str deserialize_string;
    }

    look_inside! {
        deserialize_option();
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    leave! {
        deserialize_any();
        deserialize_i128();
        deserialize_u128();
        deserialize_char();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// What the visitors that want a plain value share: they expect what the visitor behind them
/// expects.
macro_rules! plain {
    ($name:ident: $($rest:tt)*) => {
        struct $name<V>(V);

        impl<'de, V: Visitor<'de>> Visitor<'de> for $name<V> {
            type Value = V::Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.expecting(f)
            }

            $($rest)*
        }
    };
}

/// Refuses a value. It is not quoted, because it may be a secret.
fn refuse<'de, T, E: Error>(found: &str, visitor: &impl Visitor<'de>) -> Result<T, E> {
    Err(E::invalid_type(Unexpected::Other(found), visitor))
}

plain! { Truth:
    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.0.visit_bool(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        match value {
            0 | 1 => self.0.visit_bool(value == 1),
            _ => refuse("another number than 0 and 1", &self),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        match whole(value) {
            Some(value @ (0 | 1)) => self.0.visit_bool(value == 1),
            _ => refuse("another number than 0 and 1", &self),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        match value.trim() {
            "1" => self.0.visit_bool(true),
            "0" => self.0.visit_bool(false),
            text if text.eq_ignore_ascii_case("true") => self.0.visit_bool(true),
            text if text.eq_ignore_ascii_case("false") => self.0.visit_bool(false),
            _ => refuse("text that is no truth value", &self),
        }
    }
}

plain! { Whole:
    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        match whole(value) {
            Some(value) => self.0.visit_i64(value),
            None => refuse("a number that is not whole", &self),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        match (value.trim().parse(), value.trim().parse()) {
            (Ok(value), _) => self.0.visit_i64(value),
            (_, Ok(value)) => self.0.visit_u64(value),
            _ => refuse("text that is no whole number", &self),
        }
    }
}

plain! { Number:
    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.0.visit_f64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        match value.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => self.0.visit_f64(value),
            _ => refuse("text that is no number", &self),
        }
    }
}

plain! { Text:
    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.0.visit_str(value)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        self.0.visit_borrowed_str(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<V::Value, E> {
        self.0.visit_string(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_string(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_string(value.to_string())
    }

    // A larger one may have lost digits, and an id that lacks digits is another id.
    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        if value.abs() <= EXACT { self.0.visit_string(value.to_string()) } else { refuse("a huge number", &self) }
    }
}

/// Up to 2^53 an `f64` represents every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns a number with nothing behind its decimal point as an integer.
#[expect(clippy::cast_possible_truncation, reason = "nothing is cut off: it is whole and in range")]
pub(crate) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

plain! { Inside:
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Lenient(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Lenient(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Elements(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Members(members))
    }
}

struct Members<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Member(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

struct Member<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Member<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Lenient(deserializer))
    }
}

struct Elements<A>(A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        mut seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        while let Some(item) = self.0.next_element_seed(Element(seed))? {
            match item {
                Ok(item) => return Ok(Some(item)),
                Err(unused) => seed = unused,
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// Reads an element; `null` gives the seed back, for the next one.
struct Element<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Element<S> {
    type Value = Result<S::Value, S>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Element<S> {
    type Value = Result<S::Value, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element of a list")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Err(self.0))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Err(self.0))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(Lenient(deserializer)).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::Lenient;

    fn read<T: for<'de> Deserialize<'de>>(value: &Value) -> Option<T> {
        T::deserialize(Lenient(&mut serde_json::Deserializer::from_str(&value.to_string()))).ok()
    }

    #[test]
    fn a_truth_value_may_be_a_number_or_text() {
        for (value, truth) in [
            (json!(true), Some(true)),
            (json!(0), Some(false)),
            (json!(1.0), Some(true)),
            (json!("1"), Some(true)),
            (json!("False"), Some(false)),
            (json!(2), None),
            (json!(-1), None),
            (json!(0.5), None),
            (json!(""), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(read::<bool>(&value), truth, "{value}");
        }
    }

    #[test]
    fn a_number_may_be_text_and_a_whole_one_may_have_a_decimal_point() {
        for (value, number) in [
            (json!(7), Some(7)),
            (json!("7"), Some(7)),
            (json!(7.0), Some(7)),
            (json!(7.5), None),
            (json!(-7), None),
            (json!("-7"), None),
            (json!(1e300), None),
            (json!("x"), None),
            (json!(true), None),
        ] {
            assert_eq!(read::<u32>(&value), number, "{value}");
        }
        assert_eq!(read::<u64>(&json!("18446744073709551615")), Some(u64::MAX));
        assert_eq!(read::<f64>(&json!("0.25")), Some(0.25));
        assert_eq!(read::<f64>(&json!("NaN")), None);
    }

    #[test]
    fn text_may_be_a_number_that_has_lost_nothing() {
        for (value, text) in [
            (json!("a"), Some("a")),
            (json!(-12), Some("-12")),
            (json!(u64::MAX), Some("18446744073709551615")),
            (json!(0.5), Some("0.5")),
            (json!(1e30), None),
            (json!(false), None),
            (json!(null), None),
        ] {
            assert_eq!(read::<String>(&value).as_deref(), text, "{value}");
        }
    }

    #[test]
    fn it_holds_at_any_depth() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Row {
            id: String,
            on: Option<bool>,
            #[serde(default)]
            n: Vec<u8>,
        }

        let value =
            json!({"rows": [{"id": 1, "on": "1", "n": ["2", 3.0, null]}, null, {"id": "x", "on": null}]});
        let rows = [
            Row { id: "1".into(), on: Some(true), n: vec![2, 3] },
            Row { id: "x".into(), on: None, n: Vec::new() },
        ];
        let read = read::<std::collections::BTreeMap<String, Vec<Row>>>(&value).unwrap();
        assert_eq!(read["rows"], rows);
    }

    #[test]
    fn what_is_read_into_any_value_stays_as_it_is() {
        let value = json!({"list": [null, 1.0, "1", true]});
        assert_eq!(read::<Value>(&value), Some(value));
    }
}
