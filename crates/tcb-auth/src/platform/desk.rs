use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tcb_transport::Transport;
use tcb_types::{Clock, ComponentAppId, ComponentSecret, scaled};
use tokio::runtime::Handle;

use super::flight::Reason;
use super::persist::Unpersisted;
use crate::cache::{CachePolicy, Cached, Decision, Flights, Now, Outcome, Shelf, Slot};
use crate::observer::{Tally, TokenEvent};
use crate::store::{self, Record, StoreTime, Version};
use crate::{
    AccessToken, AuthError, AuthErrorKind, Cipher, StoreError, StoreErrorKind, Subject, TokenKey, TokenStore,
};

/// Where the tokens of one platform are asked for.
pub(super) struct Desk {
    pub(super) app_id: ComponentAppId,
    pub(super) secret: ComponentSecret,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) cipher: Option<Cipher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: CachePolicy,
    pub(super) shelf: Shelf,
    pub(super) flights: Arc<Flights>,
    pub(super) tally: Tally,
    pub(super) unpersisted: Arc<Unpersisted>,
    /// When waiting for the first ticket began.
    pub(super) started: SystemTime,
}

/// The turns of a loop that loads, changes and swaps.
#[derive(Debug)]
pub(super) struct Turns {
    pause: Duration,
    /// Since when others have been faster.
    since: Option<Now>,
}

impl Desk {
    pub(super) fn now(&self) -> Now {
        Now { monotonic: self.clock.monotonic(), wall: self.clock.wall() }
    }

    pub(super) fn key(&self, subject: &Subject) -> TokenKey {
        TokenKey::new(&self.app_id, subject.clone())
    }

    /// The token, if it may be used at once and nothing is due.
    pub(super) fn cached(&self, subject: &Subject) -> Option<AccessToken> {
        let now = self.now();
        self.shelf.look(subject, |slot| {
            let slot = slot.filter(|slot| slot.decide(now) == Decision::Serve)?;
            slot.cached.as_ref().map(|cached| cached.token.clone())
        })
    }

    /// A token that is good now.
    pub(super) async fn token(self: &Arc<Self>, subject: &Subject) -> Outcome {
        let now = self.now();
        let (decision, cached, failure) = self.shelf.look(subject, |slot| match slot {
            Some(slot) => (slot.decide(now), slot.cached.clone(), slot.failure.clone()),
            None => (Decision::Wait, None, None),
        });
        let paused = failure.filter(|failure| failure.until > now.monotonic);
        match (decision, cached) {
            (Decision::Serve, Some(cached)) => Ok(cached.token),
            (Decision::ServeAndRefresh, Some(cached)) => {
                self.refresh_behind(subject, &cached);
                Ok(cached.token)
            }
            // What is not in the store yet cannot be compared with it.
            (Decision::Verify | Decision::ServeAndVerify, Some(cached)) if cached.pinned => Ok(cached.token),
            (Decision::ServeAndVerify, Some(cached)) => {
                let _ = self.board(subject, &Reason::verify(&cached, paused.is_some()));
                self.tally.note(&TokenEvent::ServedStale { key: &self.key(subject) });
                Ok(cached.token)
            }
            (Decision::Verify, Some(cached)) => {
                let reason = Reason::verify(&cached, paused.is_some());
                let outcome = self.board_or_serve(subject, &reason, cached).await;
                self.unless_due(subject, outcome).await
            }
            (Decision::WaitOrServe, Some(cached)) => {
                self.board_or_serve(subject, &Reason::due(&cached), cached).await
            }
            (Decision::Fail, cached) => {
                let Some(failure) = paused else { return Err(AuthError::new(AuthErrorKind::Unavailable)) };
                if failure.look_at > now.monotonic {
                    return Err(failure.error_at(now));
                }
                let generation = cached.as_ref().map_or(0, |cached| cached.generation);
                let refused = cached.filter(|cached| cached.lease.rejected).map(|cached| cached.token);
                // What ends the failure may have reached another process.
                match self.board(subject, &Reason::Look { generation, refused }) {
                    Ok(flight) => flight.landed().await,
                    Err(_) => Err(failure.error_at(now)),
                }
            }
            (_, Some(cached)) if cached.lease.rejected => {
                let refused = cached.token.clone();
                let reason = Reason::Rejected { token: cached.token, generation: cached.generation };
                let outcome = self.board(subject, &reason)?.landed().await;
                if outcome.as_ref().is_ok_and(|token| *token == refused)
                    && self.is_rejected(subject, &refused)
                {
                    // That flight took off before the token was refused.
                    return self.board(subject, &reason)?.landed().await;
                }
                outcome
            }
            (_, cached) => {
                let generation = cached.map_or(0, |cached| cached.generation);
                let outcome = self.board(subject, &Reason::Missing { generation })?.landed().await;
                self.unless_due(subject, outcome).await
            }
        }
    }

    /// What a look into the store has brought, unless it is to be replaced already: a token of which nobody has asked for a while is compared or
    /// adopted on each call, and must not miss its refresh for that.
    async fn unless_due(self: &Arc<Self>, subject: &Subject, outcome: Outcome) -> Outcome {
        let now = self.now();
        let found = self.shelf.look(subject, |slot| {
            let slot = slot.filter(|_| outcome.is_ok())?;
            Some((slot.decide(now), slot.cached.clone()?))
        });
        match found {
            Some((Decision::ServeAndRefresh, cached)) => {
                self.refresh_behind(subject, &cached);
                outcome
            }
            Some((Decision::WaitOrServe, cached)) => {
                self.board_or_serve(subject, &Reason::due(&cached), cached).await
            }
            _ => outcome,
        }
    }

    /// Starts a refresh that nobody waits for. While the old token is good, one that cannot start is nobody's trouble.
    fn refresh_behind(self: &Arc<Self>, subject: &Subject, cached: &Cached) {
        let _ = self.board(subject, &Reason::due(cached));
    }

    /// What a flight brings, or the token at hand when the flight fails or takes longer than one call may.
    async fn board_or_serve(self: &Arc<Self>, subject: &Subject, reason: &Reason, cached: Cached) -> Outcome {
        let outcome = match self.board(subject, reason) {
            Ok(flight) => {
                let mut landed = pin!(flight.landed());
                match tokio::time::timeout(self.policy.mint_timeout, landed.as_mut()).await {
                    Ok(outcome) => outcome,
                    Err(_) if self.is_good(subject, &cached) => {
                        Err(AuthError::new(AuthErrorKind::Unavailable))
                    }
                    Err(_) => landed.await,
                }
            }
            Err(error) => Err(error),
        };
        outcome.or_else(|error| {
            // When the account has cancelled, its token is not to be used although it may still live.
            if matches!(error.kind(), AuthErrorKind::NotAuthorized) || !self.is_good(subject, &cached) {
                return Err(error);
            }
            self.tally.note(&TokenEvent::ServedStale { key: &self.key(subject) });
            Ok(cached.token)
        })
    }

    /// The server refused `token`. Nothing happens when another one is at hand by now, or when a rejection has caused a refresh a
    /// moment ago: then the fault lies elsewhere.
    pub(super) fn reject(&self, subject: &Subject, token: &AccessToken) {
        let now = self.now().monotonic;
        let mut rejected = None;
        self.shelf.change_if_there(subject, |slot| rejected = slot.reject(token, now, &self.policy));
        if let Some(young) = rejected {
            self.tally.note(&TokenEvent::Rejected { key: &self.key(subject), young });
        }
    }

    /// Whether a refresh has failed a moment ago.
    pub(super) fn is_paused(&self, subject: &Subject) -> bool {
        let now = self.now().monotonic;
        self.shelf.look(subject, |slot| {
            slot.and_then(|slot| slot.failure.as_ref()).is_some_and(|failure| failure.until > now)
        })
    }

    fn is_rejected(&self, subject: &Subject, token: &AccessToken) -> bool {
        self.shelf.look(subject, |slot| slot.is_some_and(|slot| slot.is_rejected(token)))
    }

    /// Whether a token that was at hand lives on and has not been refused since.
    fn is_good(&self, subject: &Subject, cached: &Cached) -> bool {
        !cached.lease.left(self.now()).is_zero() && !self.is_rejected(subject, &cached.token)
    }

    /// Forgets the last failure: something has changed that may let the next refresh succeed.
    pub(super) fn forgive(&self, subject: &Subject) {
        self.shelf.change_if_there(subject, |slot| slot.failure = None);
    }

    /// The record of `subject`, its version if it is stored, and the store's time.
    pub(super) async fn load(
        &self,
        subject: &Subject,
    ) -> Result<(Option<Version>, Record, StoreTime), AuthError> {
        let key = self.key(subject);
        let load = async {
            let loaded = self.store.load(&key).await?;
            let Some((version, held)) = loaded.held else { return Ok((None, Record::default(), loaded.now)) };
            let held = store::open(self.cipher.as_ref(), &key, held)?;
            Ok((Some(version), Record::decode(&held)?, loaded.now))
        };
        self.in_time(&key, load).await
    }

    /// Changes the record of `subject`, again and again until nobody else was faster. `change` answers whether there is anything to write.
    pub(super) async fn change(
        &self,
        subject: &Subject,
        mut change: impl FnMut(&mut Record, StoreTime) -> bool + Send,
    ) -> Result<bool, AuthError> {
        let mut turns = self.turns();
        loop {
            let (version, mut record, now) = self.load(subject).await?;
            if !change(&mut record, now) {
                return Ok(false);
            }
            if self.swap(subject, version, &record).await?.is_some() {
                return Ok(true);
            }
            self.next_turn(&mut turns).await?;
        }
    }

    pub(super) fn turns(&self) -> Turns {
        Turns { pause: self.policy.poll / 64, since: None }
    }

    /// Steps aside for those who were faster: each time for a random share of a pause that doubles, up to that of a poll.
    ///
    /// # Errors
    ///
    /// When others have been faster for as long as a lease.
    pub(super) async fn next_turn(&self, turns: &mut Turns) -> Result<(), AuthError> {
        let now = self.now();
        if now.since(*turns.since.get_or_insert(now)) >= self.policy.lease {
            let error = StoreError::new(StoreErrorKind::Unavailable);
            return Err(error.with_source("others have changed the record each time").into());
        }
        // Without a runtime there is no timer, and no other task to step aside for.
        if Handle::try_current().is_ok() {
            tokio::time::sleep(scaled(turns.pause, fastrand::f64())).await;
        }
        turns.pause = turns.pause.saturating_mul(2).min(self.policy.poll);
        Ok(())
    }

    pub(super) async fn swap(
        &self,
        subject: &Subject,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Option<Version>, AuthError> {
        let key = self.key(subject);
        let swap = async {
            let encoded = store::seal(self.cipher.as_ref(), &key, record.encode()?)?;
            self.store.swap(&key, expected, &encoded).await
        };
        self.in_time(&key, swap).await
    }

    /// What an operation of the store answers, if it does within the time for it. One that panics has failed like any other: what waits to be
    /// stored must not be lost for that.
    pub(super) async fn in_time<T>(
        &self,
        key: &TokenKey,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, AuthError> {
        let mut operation = pin!(operation);
        let operation = poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| operation.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(Err(StoreError::new(StoreErrorKind::Unavailable))))
        });
        let answer = if Handle::try_current().is_ok() {
            let answer = tokio::time::timeout(self.policy.store_timeout, operation).await;
            answer.unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::TimedOut)))
        } else {
            // Without a runtime there is no timer, and a store that needs one says so itself.
            operation.await
        };
        answer.map_err(|error| {
            self.tally.note(&TokenEvent::StoreFailed { key, error: &error });
            AuthError::from(error)
        })
    }
}

impl Slot {
    /// The error of the last refresh.
    pub(super) fn failure_at(&self, now: Now) -> Option<AuthError> {
        self.failure.as_ref().map(|failure| failure.error_at(now))
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTokens")
            .field("app_id", &self.app_id)
            .field("transport", &self.transport)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
