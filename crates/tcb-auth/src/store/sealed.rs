//! What an encrypted text looks like, and why one cannot be read.

use std::error::Error;
use std::fmt;

use super::{StoreError, StoreErrorKind};

/// What an encrypted text begins with; then come the id of the key, a colon, and Base64 of nonce
/// and ciphertext. One in the clear is JSON, and begins with a brace.
pub(super) const PREFIX: &str = "aes-256-gcm:";
const ID_LENGTH: usize = 32;

/// An encrypted text.
#[cfg_attr(not(feature = "cipher"), expect(dead_code, reason = "a cipher reads what it holds"))]
pub(super) struct Sealed<'a> {
    pub(super) id: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Sealed<'a> {
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (id, text) = text.strip_prefix(PREFIX)?.split_once(':')?;
        is_id(id).then_some(Self { id, text })
    }
}

/// Why an encrypted text was not turned into what it was, or the other way round.
#[derive(Debug)]
pub(super) enum Unsealed {
    NoCipher,
    #[cfg(feature = "cipher")]
    UnknownKey {
        id: String,
        known: Vec<String>,
    },
    #[cfg(feature = "cipher")]
    Refused(String),
    #[cfg(feature = "cipher")]
    InTheClear,
    #[cfg(feature = "cipher")]
    NoRandomBytes,
}

impl fmt::Display for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCipher => f.write_str("the record is encrypted, and no cipher is set"),
            #[cfg(feature = "cipher")]
            Self::UnknownKey { id, known } => write!(
                f,
                "the record is encrypted with the key \"{id}\", and the cipher has {}",
                known.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ")
            ),
            #[cfg(feature = "cipher")]
            Self::Refused(id) => write!(
                f,
                "the record is not what was encrypted with the key \"{id}\": the key is another one, or the text was changed or moved here"
            ),
            #[cfg(feature = "cipher")]
            Self::InTheClear => f.write_str("the record is not encrypted, and the cipher requires it"),
            #[cfg(feature = "cipher")]
            Self::NoRandomBytes => f.write_str("the system has no random bytes"),
        }
    }
}

impl Error for Unsealed {}

impl From<Unsealed> for StoreError {
    fn from(why: Unsealed) -> Self {
        Self::new(StoreErrorKind::Unreadable).with_source(why)
    }
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
