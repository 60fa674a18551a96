use std::fmt;

use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

/// Signature of a callback. `Display` writes the 40 lower-case hexadecimal digits that travel; `==`
/// takes constant time.
#[derive(Clone, Copy, Eq)]
pub struct Signature([u8; 20]);

impl Signature {
    /// Signs the parts in byte order, joined without a separator.
    pub(super) fn over<const N: usize>(mut parts: [&str; N]) -> Self {
        parts.sort_unstable();
        let mut hash = Sha1::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Reads 40 hexadecimal digits; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    #[cfg(feature = "events")]
    pub(crate) fn bytes(&self) -> [u8; 20] {
        self.0
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forty_hexadecimal_digits_are_a_signature() {
        let text = "f464b24fc39322e44b38aa78f5edd27bd1441696";
        assert_eq!(Signature::parse(text).unwrap().to_string(), text);
        for wrong in [
            "",
            &text[..39],
            &text[..38],
            &format!("{text}00"),
            &text.replace('f', "g"),
            &text.replace('f', "+"),
        ] {
            assert_eq!(Signature::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn signatures_differ_by_any_character() {
        let text = "f464b24fc39322e44b38aa78f5edd27bd1441696";
        let signature = Signature::parse(text).unwrap();
        for index in 0..text.len() {
            let mut other = text.to_owned();
            let replacement = if &text[index..=index] == "0" { "1" } else { "0" };
            other.replace_range(index..=index, replacement);
            assert_ne!(Signature::parse(&other).unwrap(), signature, "{other}");
        }
    }
}
