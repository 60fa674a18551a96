//! How values are read that the service writes in more than one way, and how constants are written.

use std::fmt;

#[cfg(any(feature = "token-chain", feature = "operations"))]
use serde::de::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Reads an integer that may come as text.
pub(crate) struct Integer;

impl<'de> DeserializeSeed<'de> for Integer {
    type Value = i64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Integer {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer, perhaps as text")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::custom("out of range, expected an integer of 64 bits"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<i64, E> {
        value.trim().parse().map_err(|_| E::custom("text, expected an integer, perhaps as text"))
    }
}

/// Reads an integer that may come as text into any integer type.
#[cfg(feature = "token-chain")]
pub(crate) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    narrow(Integer.deserialize(deserializer)?)
}

/// Reads an integer that may come as text, or be absent or `null`.
#[cfg(any(feature = "token-chain", feature = "operations"))]
pub(crate) fn optional_integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Lenient(i64);

    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Integer.deserialize(deserializer).map(Self)
        }
    }

    Option::<Lenient>::deserialize(deserializer)?.map(|Lenient(value)| narrow(value)).transpose()
}

#[cfg(any(feature = "token-chain", feature = "operations"))]
fn narrow<T: TryFrom<i64>, E: Error>(value: i64) -> Result<T, E> {
    T::try_from(value).map_err(|_| E::custom("out of range, expected a smaller integer"))
}

/// Reads an array that may be absent or `null` when it is empty.
#[cfg(any(feature = "token-chain", feature = "operations"))]
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Makes a type that stands for one fixed text, for a member such as `action` that tells operations of one path apart.
#[cfg(feature = "operations")]
macro_rules! constant {
    ($name:ident = $text:literal) => {
        #[derive(Clone, Copy, Debug, Default, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema), schemars(inline))]
        enum $name {
            #[default]
            #[serde(rename = $text)]
            Constant,
        }
    };
}
#[cfg(feature = "operations")]
pub(crate) use constant;

#[cfg(all(test, feature = "token-chain"))]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(deserialize_with = "super::integer")]
        n: u32,
        #[serde(default, deserialize_with = "super::optional_integer")]
        maybe: Option<i8>,
        #[serde(default, deserialize_with = "super::list")]
        list: Vec<u8>,
    }

    #[test]
    fn numbers_may_come_as_text_and_lists_as_null() {
        let row: Row = serde_json::from_str(r#"{"n":"7","maybe":"-1","list":null}"#).unwrap();
        assert_eq!((row.n, row.maybe, row.list), (7, Some(-1), vec![]));
        let row: Row = serde_json::from_str(r#"{"n":7,"maybe":null,"list":[1]}"#).unwrap();
        assert_eq!((row.n, row.maybe, row.list), (7, None, vec![1]));
        let row: Row = serde_json::from_str(r#"{"n":7}"#).unwrap();
        assert_eq!((row.maybe, row.list), (None, vec![]));
    }

    #[test]
    fn what_is_no_number_in_range_is_refused() {
        for body in
            [r#"{"n":-1}"#, r#"{"n":"x"}"#, r#"{"n":1.5}"#, r#"{"n":4294967296}"#, r#"{"n":1,"maybe":128}"#]
        {
            assert!(serde_json::from_str::<Row>(body).is_err(), "{body}");
        }
    }
}
