//! How values are read that the service writes in more than one way, and macros for types that are
//! little more than their form on the wire.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};

use crate::lenient::whole;

/// Reads an integer that may come as text, or as a number like `1.0`.
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

    fn visit_f64<E: Error>(self, value: f64) -> Result<i64, E> {
        whole(value).ok_or_else(|| E::custom("a number that is not whole, expected an integer"))
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
#[cfg(any(feature = "token-chain", feature = "operations"))]
pub(crate) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    narrow(Integer.deserialize(deserializer)?)
}

/// Reads an integer that may come as text, or be absent or `null`.
#[cfg(any(feature = "token-chain", feature = "operations"))]
pub(crate) fn optional_integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<AnyInteger>::deserialize(deserializer)?.map(|AnyInteger(value)| narrow(value)).transpose()
}

/// An integer as [`Integer`] reads it.
pub(crate) struct AnyInteger(pub(crate) i64);

impl<'de> Deserialize<'de> for AnyInteger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Integer.deserialize(deserializer).map(Self)
    }
}

/// Reads how many seconds something lives. Anything that is not a number counts as 0: a token with
/// such a lifetime is a token all the same, and the one before it is dead.
#[cfg(feature = "token-chain")]
pub(crate) fn seconds<'de, D: Deserializer<'de>, T: From<u64>>(deserializer: D) -> Result<T, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Told {
        Whole(u64),
        Number(f64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it ends at the bounds")]
    let whole = |number: f64| number as u64;
    Ok(T::from(match Told::deserialize(deserializer)? {
        Told::Whole(seconds) => seconds,
        Told::Number(number) => whole(number),
        Told::Text(text) => text.trim().parse().map_or(0, whole),
        Told::Other(_) => 0,
    }))
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

/// A parameter of the URL that may be left out.
#[cfg(feature = "operations")]
pub(crate) fn parameter<'a>(
    name: &'static str,
    value: Option<&'a impl AsRef<str>>,
) -> Vec<(&'static str, std::borrow::Cow<'a, str>)> {
    value.map(|value| (name, value.as_ref().into())).into_iter().collect()
}

/// Writes a value as text, for a number that the service wants as text.
#[cfg(feature = "operations")]
pub(crate) fn as_text<S: serde::Serializer>(
    value: &impl fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// As `as_text`, for a member that is left out when there is no value.
#[cfg(feature = "operations")]
#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
pub(crate) fn optional_as_text<S: serde::Serializer, T: fmt::Display>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_text(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// Makes a type that stands for one fixed text, for a member such as `action` that tells operations
/// of one path apart.
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

        // For a member that travels in the URL.
        impl<'a> From<$name> for std::borrow::Cow<'a, str> {
            fn from($name::Constant: $name) -> Self {
                std::borrow::Cow::Borrowed($text)
            }
        }
    };
}
#[cfg(feature = "operations")]
pub(crate) use constant;

/// Makes the response of a call that answers nothing but that it worked.
#[cfg(any(feature = "token-chain", feature = "operations"))]
macro_rules! empty {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
        #[cfg_attr(feature = "serialize", derive(serde::Serialize))]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {}
    };
}
#[cfg(any(feature = "token-chain", feature = "operations"))]
pub(crate) use empty;

/// Makes an enum that is text on the wire, perhaps as a number, with a variant for texts that it
/// does not name.
#[cfg(feature = "operations")]
macro_rules! named {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$about:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)+
            /// Another one, by its text on the wire.
            Other(String),
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let lenient = $crate::lenient::Lenient(deserializer);
                let $crate::text::Text(text) = serde::Deserialize::deserialize(lenient)?;
                Ok(match &*text {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.into_owned()),
                })
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "anyOf": [{"type": "string", "enum": [$($text),+]}, {"type": "string"}]
                })
            }
        }
    };
}
#[cfg(feature = "operations")]
pub(crate) use named;

/// Makes an enum that is a number on the wire, perhaps as text, with a variant for numbers that it
/// does not name.
#[cfg(feature = "operations")]
macro_rules! numbered {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$about:meta])* $variant:ident = $number:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)+
            /// Another one, by its number on the wire.
            Other(i64),
        }

        impl $name {
            /// The number on the wire.
            pub const fn number(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Other(number) => number,
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Other(other),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.number())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::integer::<D, i64>(deserializer).map(Self::from)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "anyOf": [{"type": "integer", "enum": [$($number),+]}, {"type": "integer"}]
                })
            }
        }
    };
}
#[cfg(feature = "operations")]
pub(crate) use numbered;

/// Gives a type that is read by way of a wire type the schema of that wire type.
#[cfg(feature = "schema")]
macro_rules! schema_of_wire {
    ($type:ident => $wire:ident) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $wire::json_schema(generator)
            }
        }
    };
}
#[cfg(feature = "schema")]
pub(crate) use schema_of_wire;

#[cfg(all(test, feature = "operations"))]
mod operations_tests {
    use serde::Deserialize;

    use crate::cloudbase_common::SmsStatus;

    #[derive(Debug, Deserialize)]
    struct Row {
        word: Option<SmsStatus>,
    }

    #[derive(Debug, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        row: Row,
    }

    #[test]
    fn text_may_come_as_a_number() {
        for (body, word) in [
            (r#"{"word":"sent"}"#, Some(SmsStatus::Sent)),
            (r#"{"word":3}"#, Some(SmsStatus::Other("3".into()))),
            (r#"{"word":null}"#, None),
            ("{}", None),
        ] {
            assert_eq!(serde_json::from_str::<Row>(body).unwrap().word, word, "{body}");
        }
        assert!(serde_json::from_str::<Row>(r#"{"word":[]}"#).is_err());
        assert_eq!(
            serde_json::from_str::<Flat>(r#"{"word":3}"#).unwrap().row.word,
            Some(SmsStatus::Other("3".into()))
        );
        assert_eq!(
            serde_json::to_string(&[SmsStatus::Sent, SmsStatus::Other("3".into())]).unwrap(),
            r#"["sent","3"]"#
        );
    }
}

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
