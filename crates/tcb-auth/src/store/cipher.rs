//! Encryption of records before a store sees them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tcb_types::Secret;
use zeroize::Zeroizing;

use super::{Encoded, StoreError, StoreErrorKind};
use crate::{Subject, TokenKey};

/// What an encrypted text begins with; then come the id of the key, a colon, and Base64 of nonce and ciphertext. One in the clear is JSON,
/// and begins with a brace.
const PREFIX: &str = "aes-256-gcm:";
const NONCE_LENGTH: usize = 12;
const KEY_LENGTH: usize = 32;
const ID_LENGTH: usize = 32;

/// Encrypts what a [`TokenStore`](super::TokenStore) keeps, with AES-256-GCM, whichever store it is.
///
/// It holds a ring of keys, each with an id that is stored beside the ciphertext: one key to write with, and others that records may still be
/// encrypted with. Every process that shares the store has to have all keys that any of them writes with. To change keys:
///
/// 1. give all processes the new key [to read with](Self::also_reads);
/// 2. then let them write with the new one, and read with the old one;
/// 3. call [`PlatformTokens::reencrypt`](crate::PlatformTokens::reencrypt), and take the old key away.
///
/// A text is bound to its record and its part of the record: one that was moved to another account, or from the access part to the lasting
/// part, is refused. What a cipher cannot see is that all of a record was put back to what it was before.
///
/// A record that was written in the clear is read, and is encrypted when it is written next; [`require_encrypted`](Self::require_encrypted)
/// ends that. What stays in the clear are the names of records (appids, digests of codes), their versions, and when they end.
///
/// The nonce of each text is random, so one key is good for four thousand million texts: a new one each year is enough for 100,000 accounts.
///
/// ```
/// use tcb_auth::Cipher;
///
/// # fn main() -> Result<(), tcb_auth::StoreError> {
/// # let (key, old_key) = ("T9CCpTfgHyBWMkP7f1PlBFZ3DnxWzVEKn0aNWVcEGUk=", "m2Rk8sY0T3yPZ1u5oQHvT7cWJx3nJ4bq5v8eWkq0x1A=");
/// // Keys come from where your secrets are: `openssl rand -base64 32` makes one.
/// let cipher = Cipher::new("2026", key)?.also_reads("2025", old_key)?;
/// # assert_eq!(format!("{cipher:?}"), r#"Cipher { writes_with: "2026", also_reads: ["2025"], require_encrypted: false }"#);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Cipher {
    writes_with: Arc<Key>,
    also_reads: Vec<Arc<Key>>,
    require_encrypted: bool,
}

struct Key {
    id: String,
    aes: Aes256Gcm,
}

impl Cipher {
    /// Reads and writes with this key: 32 random bytes in Base64. Its id is stored with each text, and is no secret.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misconfigured`] when the key is not that, or the id is not of 1 to 32 letters, digits, `-`, `_` and `.`.
    pub fn new(id: impl Into<String>, key: impl Into<Secret>) -> Result<Self, StoreError> {
        let writes_with = Arc::new(Key::new(id.into(), &key.into())?);
        Ok(Self { writes_with, also_reads: Vec::new(), require_encrypted: false })
    }

    /// Reads with this key, too.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and when the ring has a key with this id.
    pub fn also_reads(mut self, id: impl Into<String>, key: impl Into<Secret>) -> Result<Self, StoreError> {
        let key = Key::new(id.into(), &key.into())?;
        if self.keys().any(|known| known.id == key.id) {
            return Err(misconfigured("two keys of a cipher have one id"));
        }
        self.also_reads.push(Arc::new(key));
        Ok(self)
    }

    /// Refuses records that are in the clear, with [`StoreErrorKind::Unreadable`]. Who can write to the store could put some there otherwise.
    /// Call [`PlatformTokens::reencrypt`](crate::PlatformTokens::reencrypt) before.
    #[must_use]
    pub fn require_encrypted(self) -> Self {
        Self { require_encrypted: true, ..self }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.writes_with).chain(&self.also_reads).map(Arc::as_ref)
    }

    /// Whether both parts are encrypted with the key that is written with.
    pub(crate) fn is_current(&self, record: &Encoded) -> bool {
        let mut parts = std::iter::once(&record.lasting).chain(record.access.as_ref().map(|(text, _)| text));
        parts.all(|text| Sealed::of(text.expose()).is_some_and(|sealed| sealed.id == self.writes_with.id))
    }

    fn seal(&self, text: &Secret, name: &str) -> Result<Secret, StoreError> {
        let Key { id, aes } = &*self.writes_with;
        let mut bytes = vec![0; NONCE_LENGTH];
        let unavailable = |source| StoreError::new(StoreErrorKind::Unavailable).with_source(source);
        getrandom::fill(&mut bytes).map_err(|_| unavailable(Unsealed::NoRandomBytes))?;
        let nonce = nonce(&bytes).ok_or_else(|| unavailable(Unsealed::NoRandomBytes))?;
        let payload = Payload { msg: text.expose().as_bytes(), aad: name.as_bytes() };
        // A text would have to be of 64 GiB to be too long.
        let sealed =
            aes.encrypt(&nonce.into(), payload).map_err(|_| unavailable(Unsealed::Refused(id.clone())))?;
        bytes.extend(sealed);
        Ok(Secret::new(format!("{PREFIX}{id}:{}", BASE64.encode(bytes))))
    }

    fn open(&self, sealed: &Sealed<'_>, name: &str) -> Result<Secret, Unsealed> {
        let refused = || Unsealed::Refused(sealed.id.to_owned());
        let key = self.keys().find(|key| key.id == sealed.id).ok_or_else(|| Unsealed::UnknownKey {
            id: sealed.id.to_owned(),
            known: self.keys().map(|key| key.id.clone()).collect(),
        })?;
        let bytes = BASE64.decode(sealed.text).map_err(|_| refused())?;
        let (nonce, msg) =
            (nonce(&bytes).ok_or_else(refused)?, bytes.get(NONCE_LENGTH..).unwrap_or_default());
        let text = key.aes.decrypt(&nonce.into(), Payload { msg, aad: name.as_bytes() });
        let text = text.map_err(|_| refused())?;
        String::from_utf8(text).map(Secret::new).map_err(|_| refused())
    }
}

fn nonce(bytes: &[u8]) -> Option<[u8; NONCE_LENGTH]> {
    bytes.first_chunk().copied()
}

impl Key {
    fn new(id: String, key: &Secret) -> Result<Self, StoreError> {
        if !is_id(&id) {
            return Err(misconfigured(
                "the id of a key is of 1 to 32 letters, digits, hyphens, underscores and dots",
            ));
        }
        let bytes = BASE64.decode(key.expose().trim()).map(Zeroizing::new).ok();
        let bytes = bytes.filter(|bytes| bytes.len() == KEY_LENGTH);
        let aes = bytes.and_then(|bytes| Aes256Gcm::new_from_slice(&bytes).ok());
        let aes = aes.ok_or_else(|| misconfigured("a key of a cipher is 32 bytes in Base64"))?;
        Ok(Self { id, aes })
    }
}

fn is_id(text: &str) -> bool {
    (1..=ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn misconfigured(what: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured).with_source(what)
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let also_reads: Vec<_> = self.also_reads.iter().map(|key| &key.id).collect();
        f.debug_struct("Cipher")
            .field("writes_with", &self.writes_with.id)
            .field("also_reads", &also_reads)
            .field("require_encrypted", &self.require_encrypted)
            .finish()
    }
}

/// An encrypted text.
struct Sealed<'a> {
    id: &'a str,
    text: &'a str,
}

impl<'a> Sealed<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (id, text) = text.strip_prefix(PREFIX)?.split_once(':')?;
        is_id(id).then_some(Self { id, text })
    }
}

/// Why an encrypted text was not turned into what it was, or the other way round.
#[derive(Debug)]
enum Unsealed {
    NoCipher,
    UnknownKey { id: String, known: Vec<String> },
    Refused(String),
    InTheClear,
    NoRandomBytes,
}

impl fmt::Display for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCipher => f.write_str("the record is encrypted, and no cipher is set"),
            Self::UnknownKey { id, known } => write!(
                f,
                "the record is encrypted with the key \"{id}\", and the cipher has {}",
                known.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ")
            ),
            Self::Refused(id) => write!(
                f,
                "the record is not what was encrypted with the key \"{id}\": the key is another one, or the text was changed or moved here"
            ),
            Self::InTheClear => f.write_str("the record is not encrypted, and the cipher requires it"),
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

/// The record as it goes into the store.
pub(crate) fn seal(cipher: Option<&Cipher>, key: &TokenKey, record: Encoded) -> Result<Encoded, StoreError> {
    let Some(cipher) = cipher else { return Ok(record) };
    each_part(record, |part, text| cipher.seal(&text, &name(key, part)))
}

/// The record as it was before it went into the store.
pub(crate) fn open(cipher: Option<&Cipher>, key: &TokenKey, record: Encoded) -> Result<Encoded, StoreError> {
    each_part(record, |part, text| match (Sealed::of(text.expose()), cipher) {
        (Some(sealed), Some(cipher)) => Ok(cipher.open(&sealed, &name(key, part))?),
        (Some(_), None) => Err(Unsealed::NoCipher.into()),
        (None, Some(cipher)) if cipher.require_encrypted => Err(Unsealed::InTheClear.into()),
        (None, _) => Ok(text),
    })
}

fn each_part(
    record: Encoded,
    change: impl Fn(&str, Secret) -> Result<Secret, StoreError>,
) -> Result<Encoded, StoreError> {
    let lasting = change("lasting", record.lasting)?;
    let access = match record.access {
        Some((text, end)) => Some((change("access", text)?, end)),
        None => None,
    };
    Ok(Encoded { lasting, access, ends_at: record.ends_at })
}

/// What a text is bound to: no two parts of records have the same, since lengths go before what may be any text. It is never stored, and must
/// never change.
fn name(key: &TokenKey, part: &str) -> String {
    let (kind, subject) = match key.subject() {
        Subject::Platform => ("platform", ""),
        Subject::Authorizer(app_id) => ("account", app_id.as_str()),
        Subject::Code(digest) => ("code", digest.as_str()),
    };
    let component = key.component().as_str();
    format!("{part} {kind} {} {component} {} {subject}", component.len(), subject.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeDigest, StoreTime};

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn cipher() -> Cipher {
        Cipher::new("one", ONE).unwrap()
    }

    fn shop() -> TokenKey {
        TokenKey::new("wx_platform", Subject::Authorizer("wx_shop".into()))
    }

    fn record() -> Encoded {
        let access = Some(("{\"token\":\"canary\"}".into(), StoreTime::from_millis(7)));
        Encoded {
            lasting: "{\"refresh\":\"canary\"}".into(),
            access,
            ends_at: Some(StoreTime::from_millis(8)),
        }
    }

    /// What the error says, of a record that cannot be read.
    fn unreadable(outcome: Result<Encoded, StoreError>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unreadable);
        let text = error.source().unwrap().to_string();
        assert!(!format!("{text}{error:?}{error}").contains("canary"));
        text
    }

    #[test]
    fn what_was_sealed_is_opened_and_hides_what_it_was() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        for text in [&sealed.lasting, &sealed.access.as_ref().unwrap().0] {
            assert!(text.expose().starts_with("aes-256-gcm:one:") && !text.expose().contains("canary"));
        }
        assert_eq!(sealed.ends_at, record().ends_at);
        assert_eq!(sealed.access.as_ref().unwrap().1, StoreTime::from_millis(7));
        assert!(cipher().is_current(&sealed) && !cipher().is_current(&record()));
        let again = seal(Some(&cipher()), &shop(), record()).unwrap();
        assert!(again.lasting != sealed.lasting, "a nonce was used twice");
        assert!(open(Some(&cipher()), &shop(), sealed).unwrap() == record());
    }

    #[test]
    fn a_text_of_the_first_release_is_opened() {
        let lasting = "aes-256-gcm:one:KCkqKywtLi8wMTIzm5ANoZ0KE+S0ADVmBZW5nqAFtMIfJxDp+XwfmqeMzcs=";
        let stored = Encoded { lasting: lasting.into(), access: None, ends_at: None };
        let opened = open(Some(&cipher()), &shop(), stored).unwrap();
        assert_eq!(opened.lasting.expose(), "{\"generation\":3}");
    }

    #[test]
    fn a_text_does_not_fit_another_record_or_part() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        let swapped = Encoded {
            lasting: sealed.access.as_ref().unwrap().0.clone(),
            access: Some((sealed.lasting.clone(), StoreTime::from_millis(7))),
            ends_at: None,
        };
        assert!(unreadable(open(Some(&cipher()), &shop(), swapped)).contains("moved here"));
        let digest = CodeDigest::of(&"code".into());
        for other in [
            TokenKey::new("wx_platform", Subject::Platform),
            TokenKey::new("wx_platform", Subject::Authorizer("wx_shop2".into())),
            TokenKey::new("wx_platform2", Subject::Authorizer("wx_shop".into())),
            TokenKey::new("wx_platform", Subject::Code(digest.clone())),
        ] {
            assert!(
                unreadable(open(Some(&cipher()), &other, sealed.clone())).contains("moved here"),
                "{other}"
            );
        }
        // Ids may be any text, so these could be taken for each other.
        let names = [
            name(&TokenKey::new("a 1 b", Subject::Authorizer("c".into())), "lasting"),
            name(&TokenKey::new("a", Subject::Authorizer("1 b 1 c".into())), "lasting"),
            name(&TokenKey::new("a", Subject::Authorizer(digest.as_str().into())), "lasting"),
            name(&TokenKey::new("a", Subject::Code(digest)), "lasting"),
        ];
        for (one, text) in names.iter().enumerate() {
            assert!(!names[..one].contains(text), "{text}");
        }
    }

    #[test]
    fn a_text_that_was_changed_anywhere_is_refused() {
        let sealed = Encoded { access: None, ..seal(Some(&cipher()), &shop(), record()).unwrap() };
        let text = sealed.lasting.expose();
        for at in "aes-256-gcm:one:".len()..text.len() {
            let mut changed = text.to_owned();
            changed.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            for text in [&changed, &text[..at]] {
                let stored = Encoded { lasting: text.into(), ..sealed.clone() };
                unreadable(open(Some(&cipher()), &shop(), stored));
            }
        }
    }

    #[test]
    fn the_error_says_which_key_is_missing_or_wrong() {
        let sealed = seal(Some(&cipher()), &shop(), record()).unwrap();
        let none = unreadable(open(None, &shop(), sealed.clone()));
        assert_eq!(none, "the record is encrypted, and no cipher is set");
        let ring = Cipher::new("two", OTHER).unwrap().also_reads("three", OTHER).unwrap();
        let unknown = unreadable(open(Some(&ring), &shop(), sealed.clone()));
        assert_eq!(
            unknown,
            r#"the record is encrypted with the key "one", and the cipher has "two", "three""#
        );
        let wrong = Cipher::new("one", OTHER).unwrap();
        let wrong = unreadable(open(Some(&wrong), &shop(), sealed));
        assert!(wrong.contains("the key is another one"), "{wrong}");
    }

    #[test]
    fn an_old_key_reads_and_the_new_one_writes() {
        let old = seal(Some(&cipher()), &shop(), record()).unwrap();
        let ring = Cipher::new("two", OTHER).unwrap().also_reads("one", ONE).unwrap();
        let opened = open(Some(&ring), &shop(), old.clone()).unwrap();
        assert!(opened == record() && !ring.is_current(&old));
        let new = seal(Some(&ring), &shop(), opened).unwrap();
        assert!(ring.is_current(&new));
        assert!(open(Some(&Cipher::new("two", OTHER).unwrap()), &shop(), new).unwrap() == record());
    }

    #[test]
    fn a_record_in_the_clear_is_read_unless_that_is_forbidden() {
        assert!(open(Some(&cipher()), &shop(), record()).unwrap() == record());
        let strict = cipher().require_encrypted();
        let clear = unreadable(open(Some(&strict), &shop(), record()));
        assert_eq!(clear, "the record is not encrypted, and the cipher requires it");
        let half = Encoded { access: record().access, ..seal(Some(&strict), &shop(), record()).unwrap() };
        assert_eq!(unreadable(open(Some(&strict), &shop(), half)), clear);
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_showing_it() {
        let short = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==";
        for (id, key) in
            [("one", ""), ("one", short), ("one", "canary"), ("", ONE), ("a:b", ONE), ("ключ", ONE)]
        {
            let error = Cipher::new(id, key).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
            assert!(!format!("{error:?}").contains("canary"));
        }
        assert!(Cipher::new("one", format!("{ONE}\n")).is_ok(), "a file ends with a line break");
        assert!(cipher().also_reads("one", OTHER).is_err());
        assert!(!format!("{:?}", cipher()).contains("AAEC"));
    }
}
