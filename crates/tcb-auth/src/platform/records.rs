//! The records of a platform in its store: loading, changing and saving them within their time.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tcb_types::{AuthorizerAppId, Moment as _, scaled};
use tokio::runtime::Handle;

use super::context::Context;
use crate::cache::Now;
use crate::observer::TokenEvent;
use crate::store::{self, Cipher, Nonce, Permit, Record, StoreTime, Version};
use crate::telemetry::StoreOperation;
use crate::{AuthError, AuthErrorKind, StoreError, StoreErrorKind, Subject, TokenKey, TokenStore};

/// The client of the store. Whoever changes a record says how, and the change is made again for
/// each version of the record that turns up.
pub(super) struct Records {
    context: Arc<Context>,
    store: Arc<dyn TokenStore>,
    cipher: Option<Cipher>,
    unsaved: Arc<UnsavedSubjects>,
}

/// A record as it was loaded.
#[derive(Debug)]
pub(super) struct LoadedRecord {
    /// None when nothing is stored.
    pub(super) version: Option<Version>,
    pub(super) record: Record,
    /// The store's time.
    pub(super) now: StoreTime,
}

/// The permit to ask WeChat for a token, with the record that holds it.
#[derive(Debug)]
pub(super) struct ActivePermit {
    pub(super) permit: Permit,
    pub(super) record: Record,
    version: Version,
    pub(super) given: Given,
}

/// When a permit was given: by the store's clock, and by ours before it was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    at: StoreTime,
    since: Now,
}

impl Given {
    /// The store's time, by what has passed here since then.
    pub(super) fn store_time(self, now: Now) -> StoreTime {
        self.at.plus(now.since(self.since))
    }
}

/// A pause between two tries to change a record, which grows while others are faster.
#[derive(Debug)]
pub(super) struct Contention {
    pause: Duration,
    /// Since when others have been faster.
    since: Option<Now>,
}

/// How a record changes; told again for each version of the record that turns up.
pub(super) type Change = dyn Fn(&mut Record, StoreTime) + Send + Sync;

impl Records {
    pub(super) fn new(context: Arc<Context>, store: Arc<dyn TokenStore>, cipher: Option<Cipher>) -> Self {
        Self { context, store, cipher, unsaved: Arc::default() }
    }

    pub(super) fn store(&self) -> &dyn TokenStore {
        &*self.store
    }

    /// The record of `subject`; an empty one if nothing is stored.
    pub(super) async fn load(&self, subject: &Subject) -> Result<LoadedRecord, AuthError> {
        let key = self.context.key(subject);
        let load = async {
            let loaded = self.store.load(&key).await?;
            let Some((version, held)) = loaded.held else {
                return Ok(LoadedRecord { version: None, record: Record::default(), now: loaded.now });
            };
            let held = store::open(self.cipher.as_ref(), &key, held)?;
            Ok(LoadedRecord { version: Some(version), record: Record::decode(&held)?, now: loaded.now })
        };
        self.in_time("load", &key, load).await
    }

    /// Writes the record of `subject` if the stored one is still of the version that is expected.
    async fn swap(
        &self,
        subject: &Subject,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Option<Version>, AuthError> {
        let key = self.context.key(subject);
        let swap = async {
            let encoded = store::seal(self.cipher.as_ref(), &key, record.encode()?)?;
            self.store.swap(&key, expected, &encoded).await
        };
        self.in_time("swap", &key, swap).await
    }

    /// Changes the record of `subject`, again and again until nobody else was faster. `change`
    /// returns whether there is anything to write.
    pub(super) async fn change(
        &self,
        subject: &Subject,
        mut change: impl FnMut(&mut Record, StoreTime) -> bool + Send,
    ) -> Result<bool, AuthError> {
        let mut contention = self.contention();
        loop {
            let LoadedRecord { version, mut record, now } = self.load(subject).await?;
            if !change(&mut record, now) {
                return Ok(false);
            }
            if self.swap(subject, version, &record).await?.is_some() {
                return Ok(true);
            }
            self.step_aside(&mut contention).await?;
        }
    }

    /// A page of the accounts that have records, those after `after`.
    pub(super) async fn authorizers(
        &self,
        after: Option<&AuthorizerAppId>,
    ) -> Result<Vec<AuthorizerAppId>, AuthError> {
        const PAGE: usize = 1000;
        let page = self.store.authorizers(&self.context.app_id, after, PAGE);
        self.in_time("authorizers", &self.context.key(&Subject::Platform), page).await
    }

    pub(super) fn contention(&self) -> Contention {
        Contention { pause: self.context.policy.poll / 64, since: None }
    }

    /// Steps aside for those who were faster: each time for a random share of a pause that doubles,
    /// up to that of a poll.
    ///
    /// # Errors
    ///
    /// When others have been faster for as long as a lease.
    pub(super) async fn step_aside(&self, contention: &mut Contention) -> Result<(), AuthError> {
        let now = self.context.now();
        if now.since(*contention.since.get_or_insert(now)) >= self.context.policy.lease {
            let error = StoreError::new(StoreErrorKind::Unavailable);
            return Err(error.with_source("others have changed the record each time").into());
        }
        // Without a runtime there is no timer, and no other task to step aside for.
        if Handle::try_current().is_ok() {
            tokio::time::sleep(scaled(contention.pause, fastrand::f64())).await;
        }
        contention.pause = contention.pause.saturating_mul(2).min(self.context.policy.poll);
        Ok(())
    }

    /// Takes the permit to ask WeChat for a token, in place of the token of `generation`.
    ///
    /// # Errors
    ///
    /// How long to wait, at most, before looking again: another process holds it, or an answer is
    /// still to be saved.
    pub(super) fn permit(
        &self,
        subject: &Subject,
        held: &mut LoadedRecord,
        generation: u64,
    ) -> Result<Permit, Duration> {
        let policy = &self.context.policy;
        // What WeChat answered last is saved first: another request would be made of what that
        // answer has replaced.
        if self.unsaved.holds(subject) {
            return Err(policy.poll.min(policy.urgent_backoff_limit));
        }
        let (lease, window) = (policy.lease, policy.unanswered_window);
        held.record.acquire(generation, Nonce::random(), held.now, lease, window)
    }

    /// Writes a permit that was taken; nothing when somebody else was faster.
    pub(super) async fn activate(
        &self,
        subject: &Subject,
        permit: Permit,
        held: LoadedRecord,
    ) -> Result<Option<ActivePermit>, AuthError> {
        let since = self.context.now();
        let LoadedRecord { version, record, now: at } = held;
        let version = self.swap(subject, version, &record).await?;
        Ok(version.map(|version| ActivePermit { permit, record, version, given: Given { at, since } }))
    }

    /// Makes sure that a permit is good for one more request, or returns that another process has
    /// it by now. A request with an old permit is one that nobody reckons with: this process may
    /// have been stopped for a while, or the calls before may have taken their time.
    pub(super) async fn renew(
        &self,
        subject: &Subject,
        active: &mut ActivePermit,
    ) -> Result<bool, AuthError> {
        let lease = self.context.policy.lease;
        let age = |active: &ActivePermit| self.context.now().since(active.given.since);
        if age(active).saturating_add(self.context.policy.mint_timeout) < lease {
            return Ok(true);
        }
        let mut contention = self.contention();
        loop {
            let mut held = self.load(subject).await?;
            if !held.record.renew(active.permit, held.now, lease) {
                return Ok(false);
            }
            if let Some(renewed) = self.activate(subject, active.permit, held).await? {
                *active = renewed;
                break;
            }
            self.step_aside(&mut contention).await?;
        }
        // A store that takes longer than the lease lasts gives none.
        if age(active) >= lease { Err(AuthError::new(AuthErrorKind::Unavailable)) } else { Ok(true) }
    }

    /// Gives a permit back. If that fails, the permit runs out by itself.
    pub(super) async fn release(&self, subject: &Subject, permit: Permit, maybe_applied: bool) {
        let release = |record: &mut Record, _| {
            record.release(permit, maybe_applied);
            true
        };
        let _ = self.change(subject, release).await;
    }

    /// Writes the record that holds the permit, changed. Mostly nobody has touched it since the
    /// permit was given, so it need not be read again; when somebody has, there is no record.
    pub(super) async fn save_at_once(
        &self,
        subject: &Subject,
        active: ActivePermit,
        change: impl FnOnce(&mut Record),
    ) -> Option<Record> {
        let ActivePermit { mut record, version, .. } = active;
        change(&mut record);
        matches!(self.swap(subject, Some(version), &record).await, Ok(Some(_))).then_some(record)
    }

    /// Changes the stored record, trying again for as long as a lease lasts.
    pub(super) async fn save_with_retry(
        &self,
        subject: &Subject,
        change: &Change,
    ) -> Result<Record, AuthError> {
        let give_up = self.context.now().monotonic.later_by(self.context.policy.lease);
        let mut pause = self.context.policy.poll / 4;
        loop {
            match self.save(subject, change).await {
                Err(_) if self.context.now().monotonic < give_up => self.pause(&mut pause).await,
                outcome => return outcome,
            }
        }
    }

    /// Changes the stored record, trying again until the store takes it.
    pub(super) async fn save_however_long(&self, subject: &Subject, change: &Change) {
        let mut pause = self.context.policy.backoff;
        while self.save(subject, change).await.is_err() {
            self.pause(&mut pause).await;
        }
        self.context.note(&TokenEvent::Saved { key: &self.context.key(subject) });
    }

    async fn save(&self, subject: &Subject, change: &Change) -> Result<Record, AuthError> {
        let mut contention = self.contention();
        loop {
            let LoadedRecord { version, mut record, now } = self.load(subject).await?;
            change(&mut record, now);
            if self.swap(subject, version, &record).await?.is_some() {
                return Ok(record);
            }
            self.step_aside(&mut contention).await?;
        }
    }

    /// Waits, and makes the next wait longer.
    pub(super) async fn pause(&self, pause: &mut Duration) {
        let limit = self.context.policy.urgent_backoff_limit;
        tokio::time::sleep(scaled((*pause).min(limit), 0.5 + fastrand::f64() / 2.0)).await;
        *pause = pause.saturating_mul(2).min(limit);
    }

    /// Notes that WeChat has answered for `subject` and the store has not taken it yet, until what
    /// this returns is dropped.
    pub(super) fn mark_unsaved(&self, subject: &Subject) -> Unsaved {
        *self.unsaved.subjects().entry(subject.clone()).or_default() += 1;
        Unsaved { all: Arc::clone(&self.unsaved), subject: subject.clone() }
    }

    pub(super) fn unsaved(&self) -> Vec<TokenKey> {
        self.unsaved.subjects().keys().map(|subject| self.context.key(subject)).collect()
    }

    /// Writes what is not encrypted with the cipher's own key. Returns how many records that were.
    pub(super) async fn reencrypt(&self) -> Result<usize, AuthError> {
        let Some(cipher) = &self.cipher else { return Ok(0) };
        let mut written = usize::from(self.reencrypt_one(cipher, &Subject::Platform).await?);
        let mut after = None;
        loop {
            let page = self.authorizers(after.as_ref()).await?;
            let Some(last) = page.last().cloned() else { return Ok(written) };
            after = Some(last);
            for app_id in page {
                let subject = Subject::Authorizer(app_id);
                written += usize::from(self.reencrypt_one(cipher, &subject).await?);
            }
        }
    }

    async fn reencrypt_one(&self, cipher: &Cipher, subject: &Subject) -> Result<bool, AuthError> {
        let key = self.context.key(subject);
        let mut contention = self.contention();
        loop {
            let attempt = async {
                let Some((version, held)) = self.store.load(&key).await?.held else {
                    return Ok(Some(false));
                };
                if cipher.is_current(&held) {
                    return Ok(Some(false));
                }
                let held = store::open(Some(cipher), &key, held)?;
                let held = store::seal(Some(cipher), &key, held)?;
                // Whoever is faster writes with a key of the ring, though perhaps with another one.
                Ok::<_, StoreError>(self.store.swap(&key, Some(version), &held).await?.map(|_| true))
            };
            if let Some(written) = self.in_time("reencrypt", &key, attempt).await? {
                return Ok(written);
            }
            self.step_aside(&mut contention).await?;
        }
    }

    /// What an operation of the store returns, if it does within the time for it. One that panics
    /// has failed like any other: what waits to be saved must not be lost for that.
    async fn in_time<T>(
        &self,
        name: &'static str,
        key: &TokenKey,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, AuthError> {
        let watch = StoreOperation::begin(name);
        let mut operation = pin!(operation);
        let operation = poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| operation.as_mut().poll(context)));
            let panicked = |_| Poll::Ready(Err(StoreError::new(StoreErrorKind::Unavailable)));
            polled.unwrap_or_else(panicked)
        });
        let outcome = if Handle::try_current().is_ok() {
            let limit = self.context.policy.store_timeout;
            let outcome = tokio::time::timeout(limit, operation).await;
            outcome.unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::TimedOut)))
        } else {
            // Without a runtime there is no timer, and a store that needs one says so itself.
            operation.await
        };
        watch.end(outcome.as_ref().err());
        outcome.map_err(|error| {
            self.context.note(&TokenEvent::StoreFailed { key, error: &error });
            AuthError::from(error)
        })
    }
}

/// Whose answers of WeChat the store has not taken yet.
#[derive(Debug, Default)]
struct UnsavedSubjects(Mutex<BTreeMap<Subject, u32>>);

impl UnsavedSubjects {
    fn subjects(&self) -> MutexGuard<'_, BTreeMap<Subject, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, subject: &Subject) -> bool {
        self.subjects().contains_key(subject)
    }
}

/// An answer of WeChat that waits to be saved, until this is dropped.
pub(super) struct Unsaved {
    all: Arc<UnsavedSubjects>,
    pub(super) subject: Subject,
}

impl Drop for Unsaved {
    fn drop(&mut self) {
        let mut subjects = self.all.subjects();
        if let Some(count) = subjects.get_mut(&self.subject) {
            *count -= 1;
            if *count == 0 {
                subjects.remove(&self.subject);
            }
        }
    }
}
