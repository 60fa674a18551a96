//! The message crypto that both sides of a callback share.

mod key;
mod padding;
mod sealed;
mod signature;

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::{Array, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, consts::U16};
use secrecy::zeroize::Zeroizing;
use subtle::ConstantTimeEq as _;
use tcb_types::{ComponentAppId, Secret};

pub use key::EncodingAesKey;
pub use sealed::{BodyFormat, Recipient, Sealed};
pub use signature::Signature;

use crate::error::{CallbackError, Refusal};

/// Bytes before the message: 16 random ones and 4 for the message's length.
const HEAD: usize = 20;

/// Encrypts, decrypts and signs what travels between WeChat and one third-party platform.
///
/// Both callback URLs of a platform share one token and one key, so one value serves both, and both
/// directions. The appid inside the ciphertext is always the platform's, also for messages of an
/// authorised account.
///
/// ```
/// use tcb_callback::{EncodingAesKey, KeySlot, MessageCrypto};
///
/// let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
/// let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
///
/// let sealed = crypto.seal("<xml><a>1</a></xml>", 1_600_000_000, "42", KeySlot::Current)?;
/// let opened = crypto.decrypt(sealed.encrypted())?;
/// assert_eq!(opened.message.expose(), "<xml><a>1</a></xml>");
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "WXBizMsgCrypt")]
pub struct MessageCrypto {
    app_id: ComponentAppId,
    token: Secret,
    current: EncodingAesKey,
    previous: Option<EncodingAesKey>,
}

/// Which of a platform's two keys is meant.
///
/// The console lets an operator change the key, and pushes under the old one arrive for a while.
/// WeChat asks that a reply is encrypted with the key that its request came under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeySlot {
    /// The key that the console shows.
    #[default]
    Current,
    /// The key before that. Where none is configured it stands for the current one.
    Previous,
}

/// A decrypted message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The message as it was sent, byte for byte. It may hold a ticket or a code.
    pub message: Secret,
    /// The key that matched; encrypt the reply with the same one.
    pub key: KeySlot,
}

impl MessageCrypto {
    /// Takes the platform's appid and, from its console page, the callback token (消息校验Token)
    /// and the key.
    pub fn new(app_id: impl Into<ComponentAppId>, token: impl Into<Secret>, key: EncodingAesKey) -> Self {
        Self { app_id: app_id.into(), token: token.into(), current: key, previous: None }
    }

    /// Also accepts pushes under the previous key, while the key is being changed.
    #[must_use]
    pub fn previous_key(mut self, key: EncodingAesKey) -> Self {
        self.previous = Some(key);
        self
    }

    /// The platform whose messages these are.
    pub fn app_id(&self) -> &ComponentAppId {
        &self.app_id
    }

    /// Encrypts and signs a message. The 16 random bytes come from the operating system.
    ///
    /// `timestamp` is the sender's, in Unix seconds; a reply carries the nonce of its request.
    pub fn seal(
        &self,
        message: &str,
        timestamp: u64,
        nonce: &str,
        key: KeySlot,
    ) -> Result<Sealed, CallbackError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| CallbackError::NO_RANDOMNESS)?;
        self.seal_with_random(message, timestamp, nonce, key, random)
    }

    /// Like [`seal`](Self::seal) with the caller's random bytes, for tests and for an emulator that
    /// starts from a seed.
    pub fn seal_with_random(
        &self,
        message: &str,
        timestamp: u64,
        nonce: &str,
        key: KeySlot,
        random: [u8; 16],
    ) -> Result<Sealed, CallbackError> {
        let encrypted = self.encrypt(message, key, random)?;
        let timestamp = timestamp.to_string();
        Ok(Sealed {
            msg_signature: self.msg_signature(&timestamp, nonce, &encrypted),
            signature: self.signature(&timestamp, nonce),
            encrypted,
            timestamp,
            nonce: nonce.to_owned(),
        })
    }

    /// Encrypts a message and returns the text for `Encrypt`. [`seal`](Self::seal) signs it as
    /// well.
    pub fn encrypt(&self, message: &str, key: KeySlot, random: [u8; 16]) -> Result<String, CallbackError> {
        let length = u32::try_from(message.len()).map_err(|_| CallbackError::TOO_LONG)?;
        let app_id = self.app_id.as_str();
        let capacity = HEAD + message.len() + app_id.len() + padding::BLOCK;
        let mut buffer = Zeroizing::new(Vec::with_capacity(capacity));
        buffer.extend_from_slice(&random);
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(message.as_bytes());
        buffer.extend_from_slice(app_id.as_bytes());
        padding::add(&mut buffer);

        let key = match key {
            KeySlot::Current => &self.current,
            KeySlot::Previous => self.previous.as_ref().unwrap_or(&self.current),
        };
        let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut buffer);
        cbc::Encryptor::<Aes256>::new(key.bytes().into(), key.iv().into()).encrypt_blocks(blocks);
        Ok(STANDARD.encode(&*buffer))
    }

    /// Decrypts the text of `Encrypt` with the current key, else with the previous one.
    ///
    /// Call it only after the signature was found to match: [`Receiver`](crate::Receiver) keeps
    /// that order.
    ///
    /// # Errors
    /// The same refusal for text that is not base64, a wrong length, padding, length field or
    /// appid, and for a message that is not UTF-8.
    pub fn decrypt(&self, encrypted: &str) -> Result<Opened, CallbackError> {
        Ok(self.open(encrypted)?)
    }

    pub(crate) fn open(&self, encrypted: &str) -> Result<Opened, Refusal> {
        let ciphertext = STANDARD.decode(encrypted).map_err(|_| Refusal::Base64)?;
        match (self.decrypt_with(&self.current, &ciphertext), &self.previous) {
            (Err(_), Some(previous)) => self
                .decrypt_with(previous, &ciphertext)
                .map(|message| Opened { message, key: KeySlot::Previous }),
            (result, _) => result.map(|message| Opened { message, key: KeySlot::Current }),
        }
    }

    fn decrypt_with(&self, key: &EncodingAesKey, ciphertext: &[u8]) -> Result<Secret, Refusal> {
        // The padding fills up to its own block, so a sender that pads as documented never makes
        // another length.
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(padding::BLOCK) {
            return Err(Refusal::CiphertextLength);
        }
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut buffer);
        cbc::Decryptor::<Aes256>::new(key.bytes().into(), key.iv().into()).decrypt_blocks(blocks);

        let plaintext = padding::strip(&buffer).ok_or(Refusal::Padding)?;
        let (message, app_id) = split(plaintext).ok_or(Refusal::MessageLength)?;
        if !bool::from(app_id.ct_eq(self.app_id.as_str().as_bytes())) {
            return Err(Refusal::AppId);
        }
        str::from_utf8(message).map(Secret::from).map_err(|_| Refusal::MessageText)
    }

    /// The signature that covers the ciphertext, over the texts as they stand in the query and in
    /// `Encrypt`.
    ///
    /// SHA-1 of token, timestamp, nonce and ciphertext in byte order, joined without a separator. A
    /// receiver therefore has to hold `timestamp` to its ten digits, or one signature would fit
    /// several splits of the same text.
    pub fn msg_signature(&self, timestamp: &str, nonce: &str, encrypted: &str) -> Signature {
        Signature::over([self.token.expose(), timestamp, nonce, encrypted])
    }

    /// The old signature of three parts. It does not cover the body: good for the verification of a
    /// URL, not for a push.
    pub fn signature(&self, timestamp: &str, nonce: &str) -> Signature {
        Signature::over([self.token.expose(), timestamp, nonce])
    }
}

/// Takes random bytes and length off a plaintext: message and appid, or `None` when the length
/// points beyond the end.
fn split(plaintext: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = plaintext.split_first_chunk::<HEAD>()?;
    let (_random, length) = head.split_last_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallbackErrorKind;

    const APP_ID: &str = "wxb11529c136998cb6";

    fn crypto() -> MessageCrypto {
        let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
        MessageCrypto::new(APP_ID, "pamtest", key)
    }

    /// Decrypts a ciphertext that is right in all but what its plaintext says.
    fn open(plaintext: &[u8]) -> Result<Opened, CallbackError> {
        let mut buffer = plaintext.to_vec();
        padding::add(&mut buffer);
        open_padded(buffer)
    }

    fn open_padded(mut buffer: Vec<u8>) -> Result<Opened, CallbackError> {
        let crypto = crypto();
        let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut buffer);
        let (key, iv) = (crypto.current.bytes(), crypto.current.iv());
        cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(blocks);
        crypto.decrypt(&STANDARD.encode(buffer))
    }

    fn plaintext(length: u32, rest: &[u8]) -> Vec<u8> {
        [&[b'r'; 16], &length.to_be_bytes()[..], rest].concat()
    }

    #[test]
    fn the_length_field_may_not_point_anywhere_else_than_to_the_appid() {
        let rest = format!("<xml/>{APP_ID}");
        assert_eq!(open(&plaintext(6, rest.as_bytes())).unwrap().message.expose(), "<xml/>");
        for wrong in [0, 5, 7, 23, 24, 25, 1 << 16, 1 << 31, u32::MAX] {
            let error = open(&plaintext(wrong, rest.as_bytes())).unwrap_err();
            assert_eq!(error.kind(), CallbackErrorKind::Refused, "{wrong}");
        }
    }

    #[test]
    fn a_plaintext_without_room_for_its_head_is_refused() {
        for length in 0..HEAD {
            assert!(open(&plaintext(0, b"")[..length]).is_err(), "{length}");
        }
        assert!(open(&plaintext(0, b"")).is_err(), "no appid");
        assert_eq!(open(&plaintext(0, APP_ID.as_bytes())).unwrap().message.expose(), "");
    }

    #[test]
    fn a_message_is_utf8() {
        let rest = [b"\xff\xfe", APP_ID.as_bytes()].concat();
        assert!(open(&plaintext(2, &rest)).is_err());
    }

    #[test]
    fn a_padding_of_0_or_of_33_to_255_is_refused() {
        let padded = |pad: u8| {
            // Long enough for any of them, and with the appid where the padding would end.
            let end = 512 - usize::from(pad);
            let length = end - HEAD - APP_ID.len();
            let mut text = plaintext(u32::try_from(length).unwrap(), &vec![b'x'; length]);
            text.extend_from_slice(APP_ID.as_bytes());
            text.resize(512, pad);
            text
        };
        for pad in 1..=32 {
            assert!(open_padded(padded(pad)).is_ok(), "{pad}");
        }
        for pad in (0..=0).chain(33..=255) {
            assert!(open_padded(padded(pad)).is_err(), "{pad}");
        }
    }

    #[test]
    fn a_half_block_of_padding_is_refused() {
        // The cipher would take it: 48 bytes are three of its blocks.
        let text = plaintext(6, format!("<xml/>{APP_ID}").as_bytes());
        let mut padded = text.clone();
        padded.resize(48, 4);
        assert_eq!(text.len(), 44);
        assert!(open_padded(padded).is_err());
        assert!(open(&text).is_ok());
    }
}
