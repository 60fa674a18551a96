use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use tcb_types::Secret;

use crate::error::CallbackError;

/// The 43rd character carries four bits of the key and two that may be anything: keys are drawn
/// character by character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Key of the message crypto, as the console shows it (消息加解密Key).
///
/// ```
/// use tcb_callback::{CallbackErrorKind, EncodingAesKey};
///
/// let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// assert_eq!(format!("{key:?}"), "EncodingAesKey(..)");
///
/// let error = EncodingAesKey::parse("too short").unwrap_err();
/// assert_eq!(error.kind(), CallbackErrorKind::InvalidKey);
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone)]
#[doc(alias = "EncodingAESKey")]
pub struct EncodingAesKey {
    /// Two texts can mean one key, so the text is kept as it was given.
    text: Secret,
    bytes: Zeroizing<[u8; 32]>,
}

impl EncodingAesKey {
    /// Reads a key of 43 characters of a-z, A-Z and 0-9.
    ///
    /// # Errors
    /// [`InvalidKey`](crate::CallbackErrorKind::InvalidKey), which does not show the text.
    pub fn parse(text: &str) -> Result<Self, CallbackError> {
        if text.len() != 43 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(CallbackError::INVALID_KEY);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        match LENIENT.decode_slice(text, bytes.as_mut_slice()) {
            Ok(32) => Ok(Self { text: Secret::from(text), bytes }),
            _ => Err(CallbackError::INVALID_KEY),
        }
    }

    /// The text that was parsed. Do not log it.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The initialisation vector is the first half of the key.
    pub(super) fn iv(&self) -> &[u8; 16] {
        let (iv, _) = self.bytes.as_chunks::<16>();
        &iv[0]
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(..)")
    }
}

impl PartialEq for EncodingAesKey {
    fn eq(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.bytes.as_slice(), other.bytes.as_slice()).into()
    }
}

impl Eq for EncodingAesKey {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallbackErrorKind;

    const K1: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn bytes_of(text: &str) -> String {
        hex::encode(EncodingAesKey::parse(text).unwrap().bytes())
    }

    #[test]
    fn published_keys_decode_though_their_last_character_is_not_canonical() {
        assert_eq!(bytes_of(K1), "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051");
        assert_eq!(
            bytes_of("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"),
            "8d69989bbaabe67328014c194631ad0719b3dca035b64023df292447aab60760"
        );
        assert_eq!(bytes_of(&"A".repeat(43)), "0".repeat(64));
    }

    #[test]
    fn every_last_character_is_a_key_and_its_two_spare_bits_do_not_matter() {
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
        assert_eq!(alphabet.len(), 62);
        for (index, last) in alphabet.into_iter().enumerate() {
            let key = bytes_of(&format!("{}{last}", &K1[..42]));
            assert!(key.starts_with(&bytes_of(K1)[..62]), "{last}");
            // Four bits are left of the six that the character stands for.
            assert_eq!(usize::from_str_radix(&key[63..], 16).unwrap(), index >> 2, "{last}");
        }
    }

    #[test]
    fn other_lengths_and_characters_are_no_key() {
        for text in [
            &K1[..42],
            &format!("{K1}H"),
            &format!("{K1}="),
            "",
            &K1.replace('a', "+"),
            &K1.replace("ab", "é"),
        ] {
            let error = EncodingAesKey::parse(text).unwrap_err();
            assert_eq!(error.kind(), CallbackErrorKind::InvalidKey, "{text}");
            assert!(text.is_empty() || !format!("{error} {error:?}").contains(text));
        }
    }

    #[test]
    fn two_texts_of_one_key_are_equal_and_both_kept() {
        let (canonical, other) = (format!("{}E", &K1[..42]), EncodingAesKey::parse(K1).unwrap());
        assert_eq!(EncodingAesKey::parse(&canonical).unwrap(), other);
        assert_eq!(other.expose(), K1);
        assert_ne!(EncodingAesKey::parse(&"A".repeat(43)).unwrap(), other);
    }
}
