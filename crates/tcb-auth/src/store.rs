//! Where tokens and authorisations are kept.

#[cfg(feature = "cipher")]
mod cipher;
mod codec;
mod memory;
#[cfg(test)]
mod model;
#[cfg(not(feature = "cipher"))]
mod no_cipher;
mod record;
mod sealed;

use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::TokenKey;

#[cfg(feature = "cipher")]
pub use cipher::Cipher;
pub(crate) use codec::{open, seal};
pub use memory::MemoryStore;
#[cfg(not(feature = "cipher"))]
pub(crate) use no_cipher::Cipher;
pub(crate) use record::{Commit, Credential, Nonce, Permit, Standing, Stored};
pub use record::{Encoded, Record, RecordError, StoreTime};

/// Keeps one record per key and changes it only when it is as expected: a register with compare and
/// swap.
///
/// All that has to be right when several processes work on one key (leases, generations, which
/// refresh token wins) is decided by [`Record`], in plain code that is the same over every store. A
/// store has to keep and compare, no more: what it keeps, [`Encoded`], are texts that it need not
/// understand. Run the conformance suite (`tcb_auth::store_conformance`, feature `conformance`) on
/// one of your own.
///
/// A record is written in two parts. The lasting part holds the authorisation and must never be
/// lost or evicted; the access part holds the access token and may be dropped once it has expired.
/// Both are written in one step. A record that has an end ([`Encoded::ends_at`]) counts as absent
/// from then on, and goes as a whole.
///
/// Whoever calls gives up after [`CachePolicy::store_timeout`](crate::CachePolicy::store_timeout)
/// and drops the future, so a call need not have a time limit of its own; what it was to write may
/// be written all the same.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync {
    /// Reads the record of `key`, and the store's own time: processes on several machines never
    /// compare their clocks.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] when the store cannot be read. It never means that there is no record.
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError>;

    /// Writes `record` if the stored one is still of version `expected` (`None`: if there is none,
    /// or one that has ended), durably, and answers its new version, or `None` when it is not.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] when it is not known to be written. It may be written all the same.
    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError>;

    /// The accounts of `component` that have a record, in order, `limit` at most, beginning behind
    /// `after`. Records of [codes](crate::Subject::Code) are none of an account.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] when the store cannot be read.
    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError>;
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        (**self).load(key).await
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        (**self).swap(key, expected, record).await
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        (**self).authorizers(component, after, limit).await
    }
}

/// What a store holds for a key, and what time it is there.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The record and its version, if there is one.
    pub held: Option<(Version, Encoded)>,
    /// The store's time.
    pub now: StoreTime,
}

/// Tells one state of a record from all others. It is random, so that a store that fell back to an
/// older state does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// A version that no record has had.
    pub fn random() -> Self {
        // The system's randomness: two processes that are copies of one, and so seed a generator of
        // their own alike, get different versions. A system that has none to give is no reason to
        // lose a write.
        Self(getrandom::u64().unwrap_or_else(|_| fastrand::u64(..)))
    }

    /// The version with this number, as a store keeps it.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

/// A store could not do what it was asked to. Cheap to clone.
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Why a store could not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be reached or used now. Its clients go on with the tokens they have, and
    /// try again.
    Unavailable,
    /// The store did not answer in time. What was to be written may be written, now or later.
    TimedOut,
    /// What is stored is not a record. An operator has to look.
    Corrupt,
    /// What is stored was written by a newer release, in a format that this one does not know; the
    /// [source](Error::source) names both. Update this program.
    Newer,
    /// A record is encrypted and cannot be read with the keys that are set, or is in the clear and
    /// must not be; see `Cipher`. An operator has to look, at the keys first. Nothing is lost.
    Unreadable,
    /// The store is set up in a way that cannot work: wrong address, missing rights. An operator
    /// has to correct it.
    Misconfigured,
}

impl StoreError {
    /// An error of this kind. For implementors of [`TokenStore`].
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. Its `Display` and `Debug` must show neither records nor passwords: they end
    /// up in logs.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(Arc::from(source.into())), ..self }
    }

    /// Why it could not.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl From<RecordError> for StoreError {
    fn from(error: RecordError) -> Self {
        let newer = error.newer_format().is_some();
        Self::new(if newer { StoreErrorKind::Newer } else { StoreErrorKind::Corrupt }).with_source(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the token store cannot be used now",
            StoreErrorKind::TimedOut => "the token store did not answer in time",
            StoreErrorKind::Newer => "the token store holds a record of a newer release",
            StoreErrorKind::Corrupt => "the token store holds something that is no record",
            StoreErrorKind::Unreadable => "the token store holds a record that cannot be decrypted",
            StoreErrorKind::Misconfigured => "the token store is set up wrongly",
        })
    }
}

impl Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreError").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_that_begin_alike_write_different_versions() {
        let versions = [0, 1].map(|_| {
            fastrand::seed(7);
            Version::random()
        });
        assert_ne!(versions[0], versions[1]);
    }
}
