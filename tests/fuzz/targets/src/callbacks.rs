//! What somebody posts to the callback URLs.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::{Array, BlockModeEncrypt as _, KeyIvInit as _, consts::U16};
use tcb_callback::{
    CallbackError, CallbackErrorKind, CallbackQuery, EncodingAesKey, EventDetail, KeySlot, Message,
    MessageCrypto, PlatformEvent, Receiver, VerificationQuery,
};
use tcb_types::{AuthorizationCode, Clock, PreAuthCode, SystemClock};

use crate::canary::{CANARY, assert_hidden, is_only_in};

const APP_ID: &str = "wxb11529c136998cb6";
const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// The 32 bytes that [`KEY`] stands for.
const KEY_BYTES: [u8; 32] = [
    0x69, 0xb7, 0x1d, 0x79, 0xf8, 0x21, 0x8a, 0x39, 0x25, 0x9a, 0x7a, 0x29, 0xaa, 0xbb, 0x2d, 0xba, 0xfc,
    0x31, 0xcb, 0x3d, 0x35, 0xdb, 0x7e, 0x39, 0xeb, 0xbf, 0x3d, 0x00, 0x10, 0x83, 0x10, 0x51,
];
const PREVIOUS_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const TIMESTAMP: &str = "1413192605";
const NONCE: &str = "1320562132";
/// Padding fills up to a multiple of this.
const BLOCK: usize = 32;

fn crypto() -> MessageCrypto {
    MessageCrypto::new(APP_ID, TOKEN, EncodingAesKey::parse(KEY).unwrap())
        .previous_key(EncodingAesKey::parse(PREVIOUS_KEY).unwrap())
}

#[track_caller]
fn assert_says_nothing(error: &CallbackError) {
    assert_eq!(error.kind(), CallbackErrorKind::Refused);
    assert_eq!(format!("{error} {error:?}"), "the callback is refused CallbackError(Refused)");
}

/// The query of a push or of a URL's verification: what is accepted has exactly the documented
/// form.
pub fn callback_query(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let is_time = |text: &str| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_nonce =
        |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match CallbackQuery::parse(text) {
        Ok(query) => {
            assert!(is_time(query.timestamp()) && is_nonce(query.nonce()));
            let written = format!(
                "timestamp={}&nonce={}&msg_signature={}",
                query.timestamp(),
                query.nonce(),
                query.msg_signature()
            );
            assert_eq!(CallbackQuery::parse(&written).unwrap(), query);
        }
        Err(error) => assert_says_nothing(&error),
    }
    match VerificationQuery::parse(text) {
        Ok(query) => {
            assert!(is_time(query.timestamp()) && is_nonce(query.nonce()));
            assert!((1..=256).contains(&query.echostr().len()));
            // It is given back as it is, so it must not be able to mean anything.
            let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
            assert!(query.echostr().bytes().all(is_base64));
        }
        Err(error) => assert_says_nothing(&error),
    }
}

/// The body of a push whose signature fits, and the same with one that does not: that is refused,
/// whatever it holds.
pub fn callback_envelope(data: &[u8]) {
    let crypto = crypto();
    let text = String::from_utf8_lossy(data);
    let signature = crypto.msg_signature(TIMESTAMP, NONCE, encrypted_in(&text));
    let query = |signature: &str| format!("timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={signature}");
    let receiver = Receiver::new(crypto).clock(Arc::new(Still));
    match receiver.receive(&query(&signature.to_string()), data) {
        Ok(_) => assert!(data.len() <= Receiver::MAX_BODY),
        Err(error) => assert_says_nothing(&error),
    }
    assert_says_nothing(&receiver.receive(&query(&"0".repeat(40)), data).unwrap_err());
}

/// The text of `Encrypt`, found in a way that is too simple for anything but making a signature for
/// it.
fn encrypted_in(body: &str) -> &str {
    let text = body.split_once("<Encrypt>").map_or("", |(_, rest)| rest);
    let text = text.split_once("</Encrypt>").map_or(text, |(text, _)| text);
    text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text)
}

/// A ciphertext as it comes, and the bytes as a plaintext that somebody with the key has encrypted:
/// it is opened if and only if its length points to our appid.
pub fn callback_decrypt(data: &[u8]) {
    let crypto = crypto();
    if let Ok(text) = str::from_utf8(data)
        && let Err(error) = crypto.decrypt(text)
    {
        assert_says_nothing(&error);
    }

    let mut buffer = data.to_vec();
    let padding = BLOCK - data.len() % BLOCK;
    buffer.resize(data.len() + padding, u8::try_from(padding).unwrap());
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut buffer);
    let (iv, _) = KEY_BYTES.split_at(16);
    cbc::Encryptor::<Aes256>::new_from_slices(&KEY_BYTES, iv).unwrap().encrypt_blocks(blocks);
    match (crypto.decrypt(&STANDARD.encode(&buffer)), message_of(data)) {
        (Ok(opened), Some(message)) => {
            assert_eq!((opened.message.expose(), opened.key), (message, KeySlot::Current));
            assert_hidden(&format!("{opened:?}"));
        }
        (Err(error), None) => assert_says_nothing(&error),
        (opened, message) => panic!("{:?}, but the plaintext holds {message:?}", opened.is_ok()),
    }
}

/// Sixteen random bytes, the length in four, the message, our appid.
fn message_of(plaintext: &[u8]) -> Option<&str> {
    let (_random, rest) = plaintext.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (message, app_id) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    if app_id == APP_ID.as_bytes() { str::from_utf8(message).ok() } else { None }
}

/// A decrypted event or message: the text is kept as it is, and what is secret in it is not shown.
pub fn callback_inner_xml(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match PlatformEvent::from_xml(text, SystemTime::UNIX_EPOCH) {
        Ok(event) => {
            assert_eq!(event.xml(), text);
            let shown = format!("{event:?}");
            for secret in secrets_of(&event.detail) {
                assert!(!is_only_in(text, secret) || !shown.contains(CANARY), "{shown}");
            }
        }
        Err(error) => assert_says_nothing(&error),
    }
    match Message::from_xml(text, SystemTime::UNIX_EPOCH) {
        Ok(message) => assert_eq!(message.xml(), text),
        Err(error) => assert_says_nothing(&error),
    }
}

fn secrets_of(detail: &EventDetail) -> Vec<&str> {
    match detail {
        EventDetail::Ticket(ticket) => vec![ticket.expose()],
        EventDetail::Authorized(authorization) | EventDetail::UpdateAuthorized(authorization) => {
            let pre_auth_code = authorization.pre_auth_code.as_ref().map(PreAuthCode::expose);
            pre_auth_code.into_iter().chain([authorization.code.expose()]).collect()
        }
        EventDetail::FastRegistration(registration) | EventDetail::TrialVerification(registration) => {
            registration.code.iter().map(AuthorizationCode::expose).collect()
        }
        _ => Vec::new(),
    }
}

/// An `EncodingAESKey`: 43 digits and letters are one, nothing else is, and it opens what it has
/// sealed.
pub fn aes_key(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let is_key = text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match EncodingAesKey::parse(text) {
        Ok(key) => {
            assert!(is_key);
            assert_eq!(key.expose(), text);
            assert_eq!(format!("{key:?}"), "EncodingAesKey(..)");
            let crypto = MessageCrypto::new(APP_ID, TOKEN, key);
            let encrypted = crypto.encrypt(text, KeySlot::Current, [7; 16]).unwrap();
            assert_eq!(crypto.decrypt(&encrypted).unwrap().message.expose(), text);
        }
        Err(error) => {
            assert!(!is_key);
            assert_eq!(error.kind(), CallbackErrorKind::InvalidKey);
            assert_hidden(&format!("{error} {error:?}"));
        }
    }
}

/// The moment of [`TIMESTAMP`].
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(TIMESTAMP.parse().unwrap())
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}
