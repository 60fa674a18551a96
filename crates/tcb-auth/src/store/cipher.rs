//! Encryption of records before a store sees them.

use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tcb_types::Secret;
use zeroize::Zeroizing;

use super::sealed::{PREFIX, Sealed, Unsealed, is_id};
use super::{Encoded, StoreError, StoreErrorKind};

const NONCE_LENGTH: usize = 12;
const KEY_LENGTH: usize = 32;

/// Encrypts what a [`TokenStore`](super::TokenStore) keeps, with AES-256-GCM, whichever store it
/// is.
///
/// It holds a ring of keys, each with an id that is stored beside the ciphertext: one key to write
/// with, and others that records may still be encrypted with. Every process that shares the store
/// has to have all keys that any of them writes with. To change keys:
///
/// 1. give all processes the new key [to read with](Self::also_reads);
/// 2. then let them write with the new one, and read with the old one;
/// 3. call [`PlatformTokens::reencrypt`](crate::PlatformTokens::reencrypt), and take the old key
///    away.
///
/// A text is bound to its record and its part of the record: one that was moved to another account,
/// or from the access part to the lasting part, is refused. What a cipher cannot see is that all of
/// a record was put back to what it was before.
///
/// A record that was written in the clear is read, and is encrypted when it is written next;
/// [`require_encrypted`](Self::require_encrypted) ends that. What stays in the clear are the names
/// of records (appids, digests of codes), their versions, and when they end.
///
/// The nonce of each text is random, so one key is good for four thousand million texts: a new one
/// each year is enough for 100,000 accounts.
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
    /// Reads and writes with this key: 32 random bytes in Base64. Its id is stored with each text,
    /// and is no secret.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misconfigured`] when the key is not that, or the id is not of 1 to 32
    /// letters, digits, `-`, `_` and `.`.
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

    /// Refuses records that are in the clear, with [`StoreErrorKind::Unreadable`]. Who can write to
    /// the store could put some there otherwise. Call
    /// [`PlatformTokens::reencrypt`](crate::PlatformTokens::reencrypt) before.
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

    /// A text in the clear, if such a one may be.
    pub(super) fn pass_clear(&self, text: Secret) -> Result<Secret, StoreError> {
        if self.require_encrypted { Err(Unsealed::InTheClear.into()) } else { Ok(text) }
    }

    pub(super) fn seal(&self, text: &Secret, name: &str) -> Result<Secret, StoreError> {
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

    pub(super) fn open(&self, sealed: &Sealed<'_>, name: &str) -> Result<Secret, Unsealed> {
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
