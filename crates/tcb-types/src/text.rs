//! Text of an answer, copied only where it has to be.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "operations")]
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A text, borrowed from the body when it holds no escapes: names of states are many, and end as a
/// variant without one.
#[derive(Default)]
pub(crate) struct Text<'de>(pub(crate) Cow<'de, str>);

#[cfg(feature = "operations")]
impl<'de> Text<'de> {
    /// Reads a value whose type is made of text.
    pub(crate) fn read<T: Deserialize<'de>, E: Error>(self) -> Result<T, E> {
        match self.0 {
            Cow::Borrowed(text) => T::deserialize(BorrowedStrDeserializer::new(text)),
            Cow::Owned(text) => T::deserialize(StringDeserializer::new(text)),
        }
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, perhaps as a number")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
