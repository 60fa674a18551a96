//! Storing what WeChat answered, before anybody uses it if that can be done in time, and for as long as it takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tcb_types::authorization::GrantedAuthorization;
use tcb_types::{AuthorizationCode, AuthorizerAppId, Moment as _, scaled};

use super::desk::Desk;
use super::flight::Landed;
use super::mint::{Granted, Minted, Source};
use crate::cache::Now;
use crate::observer::TokenEvent;
use crate::store::{Nonce, Record, Standing, StoreTime, Stored};
use crate::{AuthError, AuthErrorKind, CodeDigest, Subject};

/// How a record changes; told again for each version of the record that turns up.
type Change = dyn Fn(&mut Record, StoreTime) + Send + Sync;

/// Whose answers of WeChat the store has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Unpersisted(Mutex<BTreeMap<Subject, u32>>);

impl Unpersisted {
    pub(super) fn subjects(&self) -> Vec<Subject> {
        self.waiting().keys().cloned().collect()
    }

    pub(super) fn holds(&self, subject: &Subject) -> bool {
        self.waiting().contains_key(subject)
    }

    fn add(self: &Arc<Self>, subject: &Subject) -> Waiting {
        *self.waiting().entry(subject.clone()).or_default() += 1;
        Waiting { all: Arc::clone(self), subject: subject.clone() }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Subject, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that waits to be stored, until this is dropped.
struct Waiting {
    all: Arc<Unpersisted>,
    subject: Subject,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.all.waiting();
        if let Some(count) = waiting.get_mut(&self.subject) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.subject);
            }
        }
    }
}

impl Desk {
    /// Stores what a grant brought.
    ///
    /// # Errors
    ///
    /// When the account has cancelled meanwhile: then the token is not to be used.
    pub(super) async fn persist(
        self: &Arc<Self>,
        subject: &Subject,
        granted: Granted,
        minted: Minted,
    ) -> Result<Landed, AuthError> {
        let waiting = self.unpersisted.add(subject);
        let token = subject.access_token(minted.token.clone());
        let generation = granted.grant.fence;
        let grant = granted.grant;
        let minted = Arc::new(minted);

        // Mostly nobody has touched the record since the right was given, so it need not be read again.
        let mut record = granted.record;
        let (given_at, given_since) = (granted.at, granted.since);
        let store_time = |now: Now| given_at.plus(now.since(given_since));
        let now = self.now();
        minted.commit(&mut record, grant, store_time(now), minted.left(now));
        let stored = if let Ok(Some(_)) = self.swap(subject, Some(granted.version), &record).await {
            Ok(record)
        } else {
            let (desk, minted) = (Arc::clone(self), Arc::clone(&minted));
            let change = move |record: &mut Record, now: StoreTime| {
                minted.commit(record, grant, now, minted.left(desk.now()));
            };
            self.store_patiently(waiting, generation, Arc::new(change)).await
        };
        // Storing may have taken a while, and the token has aged.
        let at = self.now();
        let store_now = store_time(at);
        let left = minted.left(at);
        let life = minted.expires_in;
        let after_rejection = grant.is_after_rejection();
        match stored {
            Ok(record) if record.standing() == Some(Standing::Revoked) => {
                Err(AuthError::new(AuthErrorKind::NotAuthorized))
            }
            // A later request of another process has won, so it has the newer token.
            Ok(record) if record.generation() > generation => match record.access(store_now) {
                Some(newer) => Ok(self.adopted(subject, &record, store_now, newer)),
                None => Err(AuthError::new(AuthErrorKind::Unavailable)),
            },
            Ok(record) => {
                let stored = Stored { token: &minted.token, generation, left, life };
                Ok(Landed { after_rejection, ..self.adopted(subject, &record, store_now, stored) })
            }
            Err(_) => Ok(Landed {
                token,
                generation,
                left,
                life,
                at,
                contested: None,
                pinned: true,
                after_rejection,
            }),
        }
    }

    /// Keeps what the exchange of a code brought for `owner`, and puts its access token on the shelf.
    pub(super) async fn keep(
        self: &Arc<Self>,
        owner: &Subject,
        code: &AuthorizationCode,
        granted: &GrantedAuthorization,
        asked: Now,
    ) {
        let waiting = self.unpersisted.add(owner);
        let source = Source::Code { code: code.clone(), refresh_token: granted.refresh_token.clone() };
        let minted = match (granted.access_token.clone(), granted.expires_in) {
            (Some(token), seconds) => {
                self.checked(owner, token, seconds.unwrap_or(0), asked, source).ok().map(Arc::new)
            }
            _ => None,
        };
        let change = {
            let (desk, code, minted) = (Arc::clone(self), code.clone(), minted.clone());
            let refresh_token = granted.refresh_token.clone();
            let nonce = Nonce::random();
            move |record: &mut Record, now: StoreTime| {
                if record.has_moved_on(&code, now.minus(desk.now().since(asked))) {
                    // The account has cancelled or authorised anew while this waited to be stored.
                    return;
                }
                record.granted(&code, refresh_token.as_ref(), now);
                if let Some(minted) = &minted {
                    record.install(&minted.token, minted.left(desk.now()), minted.expires_in, nonce, now);
                }
            }
        };
        let stored = self.store_patiently(waiting, 0, Arc::new(change)).await;
        self.forgive(owner);
        if let Some(minted) = minted {
            let (generation, pinned) = match stored {
                Ok(record) if !record.stands_by(code) => return,
                Ok(record) => (record.generation(), false),
                Err(_) => (0, true),
            };
            let token = owner.access_token(minted.token.clone());
            let at = self.now();
            let (left, life) = (minted.left(at), minted.expires_in);
            let (contested, after_rejection) = (None, false);
            self.put(owner, Landed { token, generation, left, life, at, contested, pinned, after_rejection });
        }
    }

    /// Keeps whose code it is, so that who brings it again is answered; tried in the background for as long as that matters.
    pub(super) async fn keep_owner(self: &Arc<Self>, code: &AuthorizationCode, owner: &AuthorizerAppId) {
        if self.note_owner(code, owner).await.is_ok() {
            return;
        }
        let (desk, code, owner) = (Arc::clone(self), code.clone(), owner.clone());
        let began = self.now();
        let rest = async move {
            let mut pause = desk.policy.backoff;
            while desk.note_owner(&code, &owner).await.is_err()
                && desk.now().since(began) < desk.policy.code_life
            {
                desk.pause(&mut pause).await;
            }
        };
        // There is a runtime, for this runs in it.
        let _ = self.flights.carry_on(rest);
    }

    async fn note_owner(&self, code: &AuthorizationCode, owner: &AuthorizerAppId) -> Result<bool, AuthError> {
        let life = self.policy.code_life;
        let subject = Subject::Code(CodeDigest::of(code));
        self.change(&subject, |record, now| record.note_owner(owner, now.plus(life))).await
    }

    /// Changes the stored record, trying again for as long as a lease lasts, and after that in the background until the store takes it.
    async fn store_patiently(
        self: &Arc<Self>,
        waiting: Waiting,
        generation: u64,
        change: Arc<Change>,
    ) -> Result<Record, AuthError> {
        let subject = &waiting.subject;
        let give_up = self.now().monotonic.later_by(self.policy.lease);
        let mut pause = self.policy.poll / 4;
        loop {
            match self.store_once(subject, &*change).await {
                Ok(record) => return Ok(record),
                Err(error) if self.now().monotonic >= give_up => {
                    self.tally.note(&TokenEvent::Unpersisted { key: &self.key(subject) });
                    let desk = Arc::clone(self);
                    let rest = async move { desk.store_at_last(waiting, generation, change).await };
                    // There is a runtime, for this runs in it.
                    let _ = self.flights.carry_on(rest);
                    return Err(error);
                }
                Err(_) => self.pause(&mut pause).await,
            }
        }
    }

    async fn store_at_last(self: Arc<Self>, waiting: Waiting, generation: u64, change: Arc<Change>) {
        let subject = &waiting.subject;
        let mut pause = self.policy.backoff;
        while self.store_once(subject, &*change).await.is_err() {
            self.pause(&mut pause).await;
        }
        self.tally.note(&TokenEvent::Persisted { key: &self.key(subject) });
        self.shelf.change_if_there(subject, |slot| {
            if let Some(cached) = slot.cached.as_mut().filter(|cached| cached.generation == generation) {
                cached.pinned = false;
            }
        });
    }

    async fn store_once(&self, subject: &Subject, change: &Change) -> Result<Record, AuthError> {
        let mut turns = self.turns();
        loop {
            let (version, mut record, now) = self.load(subject).await?;
            change(&mut record, now);
            if self.swap(subject, version, &record).await?.is_some() {
                return Ok(record);
            }
            self.next_turn(&mut turns).await?;
        }
    }

    /// Waits, and makes the next wait longer.
    async fn pause(&self, pause: &mut Duration) {
        let limit = self.policy.urgent_backoff_limit;
        tokio::time::sleep(scaled((*pause).min(limit), 0.5 + fastrand::f64() / 2.0)).await;
        *pause = pause.saturating_mul(2).min(limit);
    }
}
