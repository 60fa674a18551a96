//! One refresh: look into the store, adopt what is newer, or get the right to ask WeChat, ask, and store.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tcb_types::{Moment as _, scaled};

use super::desk::Desk;
use crate::cache::{Cached, Flight, Lease, Now, Outcome};
use crate::observer::{MintCause, TokenEvent};
use crate::store::{Credential, Nonce, Record, Standing, StoreTime, Stored};
use crate::{AccessToken, AuthError, AuthErrorKind, Subject};

/// Why a flight starts, with what is at hand.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    /// Nothing usable is at hand; `generation` is that of a token that has ended, or 0.
    Missing { generation: u64 },
    /// The token at hand is to be replaced.
    Due { generation: u64, cause: MintCause },
    /// WeChat refused the token at hand.
    Rejected { token: AccessToken, generation: u64 },
    /// The token at hand is to be compared with the store.
    Verify { generation: u64 },
    /// A refresh has failed a moment ago, so nothing is to be fetched; but the store may have a token by now.
    Look { generation: u64, refused: Option<AccessToken> },
    /// An authorisation is new.
    Authorized,
}

impl Reason {
    pub(super) fn due(cached: &Cached) -> Self {
        let contested = cached.lease.settle_at.is_some();
        let cause = if contested { MintCause::Contested } else { MintCause::Due };
        Self::Due { generation: cached.generation, cause }
    }

    /// The comparison of a token at hand, in or after the pause that follows a failed refresh.
    pub(super) fn verify(cached: &Cached, paused: bool) -> Self {
        let generation = cached.generation;
        if paused { Self::Look { generation, refused: None } } else { Self::Verify { generation } }
    }

    fn generation(&self) -> u64 {
        match self {
            Self::Missing { generation }
            | Self::Due { generation, .. }
            | Self::Rejected { generation, .. }
            | Self::Verify { generation }
            | Self::Look { generation, .. } => *generation,
            Self::Authorized => 0,
        }
    }

    pub(super) fn cause(&self) -> MintCause {
        match self {
            Self::Missing { .. } | Self::Verify { .. } | Self::Look { .. } => MintCause::Missing,
            Self::Due { cause, .. } => *cause,
            Self::Rejected { .. } => MintCause::Rejected,
            Self::Authorized => MintCause::Authorized,
        }
    }
}

/// What a flight brings.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) token: AccessToken,
    pub(super) generation: u64,
    /// How much of its life is left, counted from `at`.
    pub(super) left: Duration,
    /// How long its life was when it began.
    pub(super) life: Duration,
    pub(super) at: Now,
    /// It may not be WeChat's newest; no other request can be on its way after this span.
    pub(super) contested: Option<Duration>,
    /// It is not in the store yet.
    pub(super) pinned: bool,
    /// It was fetched because the one before it was refused, or kept because that would not help.
    pub(super) after_rejection: bool,
}

impl Desk {
    /// A seat on the flight for `subject` that is on, or on a new one.
    pub(super) fn board(self: &Arc<Self>, subject: &Subject, reason: &Reason) -> Result<Flight, AuthError> {
        let work = || Arc::clone(self).fly(subject.clone(), reason.clone());
        let desk = Arc::clone(self);
        let landing = (subject.clone(), reason.clone());
        self.flights.board(subject, work, move |result| {
            let result = result.unwrap_or_else(|| Err(AuthError::new(AuthErrorKind::Unavailable)));
            desk.land(&landing.0, &landing.1, result)
        })
    }

    /// The work of a flight. Boxed, because a flight for an account waits for the platform's own.
    ///
    /// It ends in time: each operation of the store and each call has its limit, and so have the wait for another process and the
    /// ladder. It is not cut off, for then it would lose what WeChat has answered.
    fn fly(
        self: Arc<Self>,
        subject: Subject,
        reason: Reason,
    ) -> Pin<Box<dyn Future<Output = Result<Landed, AuthError>> + Send>> {
        Box::pin(async move {
            let mut platform_token = None;
            let mut waits_since = None;
            let mut turns = self.turns();
            loop {
                let (version, mut record, now) = self.load(&subject).await?;
                if let Some(landed) = self.adopt(&subject, &record, now, &reason) {
                    return Ok(landed);
                }
                self.check_credential(&subject, &record, &reason)?;
                if matches!(reason, Reason::Look { .. }) {
                    return Err(AuthError::new(AuthErrorKind::Unavailable));
                }
                if matches!(subject, Subject::Authorizer(_)) && platform_token.is_none() {
                    // It may take a while, and is not to take it out of the time that the right to refresh lasts.
                    platform_token = Some(self.token(&Subject::Platform).await?);
                    continue;
                }
                if let Reason::Rejected { token, .. } = &reason
                    && record.is_after_rejection(now, self.policy.rejection_interval)
                    && let Some(stored) = record.access(now)
                    && token.value() == stored.token
                {
                    // A process has just refreshed for the same reason and it did not help: the token stays.
                    let kept = self.adopted(&subject, &record, now, stored);
                    return Ok(Landed { after_rejection: true, ..kept });
                }
                // What WeChat answered last is stored first: another request would be made of what that answer has replaced.
                let right = if self.unpersisted.holds(&subject) {
                    Err(self.policy.poll.min(self.policy.urgent_backoff_limit))
                } else {
                    let (lease, linger) = (self.policy.lease, self.policy.linger);
                    record.acquire(reason.generation(), Nonce::random(), now, lease, linger)
                };
                match right {
                    Err(held_for) => {
                        let at = self.now().monotonic;
                        let waited = at.saturating_duration_since(*waits_since.get_or_insert(at));
                        // Several processes may take the right and die with it, one after the other.
                        if waited >= self.policy.lease.saturating_mul(6) {
                            return Err(AuthError::new(AuthErrorKind::Unavailable));
                        }
                        let poll = scaled(self.policy.poll, 0.5 + fastrand::f64());
                        tokio::time::sleep(poll.min(held_for)).await;
                        turns = self.turns();
                    }
                    Ok(grant) => {
                        let rejected = matches!(reason, Reason::Rejected { .. });
                        let grant = if rejected { grant.after_rejection() } else { grant };
                        let asked = self.now();
                        if let Some(version) = self.swap(&subject, version, &record).await? {
                            let granted =
                                super::mint::Granted { grant, version, record, at: now, since: asked };
                            let token = platform_token.take();
                            if let Some(landed) = self.mint(&subject, granted, token, reason.cause()).await? {
                                return Ok(landed);
                            }
                        } else {
                            self.next_turn(&mut turns).await?;
                        }
                    }
                }
            }
        })
    }

    /// The stored token, if it makes a refresh unnecessary.
    fn adopt(&self, subject: &Subject, record: &Record, now: StoreTime, reason: &Reason) -> Option<Landed> {
        if matches!(record.credential(), Some(Credential::Code(_))) {
            // A code runs out, so it is exchanged before anything else.
            return None;
        }
        let stored = record.access(now)?;
        let (token, generation) = (stored.token, stored.generation);
        let serves = match reason {
            // What is stored after an authorisation, another process has made of the code.
            Reason::Missing { .. } | Reason::Authorized => true,
            // Another process may have settled it, or given its request up.
            Reason::Due { generation: at_hand, cause: MintCause::Contested } => {
                generation > *at_hand || !record.is_contested()
            }
            Reason::Due { generation: at_hand, .. } => generation > *at_hand,
            Reason::Rejected { token: refused, .. } => token != refused.value(),
            // A store that fell back, or lost the token, counts as one that has none.
            Reason::Verify { generation: at_hand } => generation >= *at_hand,
            Reason::Look { generation: at_hand, refused } => {
                generation >= *at_hand && refused.as_ref().is_none_or(|refused| token != refused.value())
            }
        };
        serves.then(|| self.adopted(subject, record, now, stored))
    }

    pub(super) fn adopted(
        &self,
        subject: &Subject,
        record: &Record,
        now: StoreTime,
        stored: Stored<'_>,
    ) -> Landed {
        let contested = record.is_contested().then(|| {
            self.tally.note(&TokenEvent::Contested { key: &self.key(subject) });
            // A store whose clock was set back would name a moment that is too far.
            record.quiet_in(now, self.policy.linger).min(self.policy.linger)
        });
        Landed {
            token: subject.access_token(stored.token.clone()),
            generation: stored.generation,
            left: stored.left,
            life: stored.life,
            at: self.now(),
            contested,
            pinned: false,
            after_rejection: false,
        }
    }

    /// Whether there is anything to make a token of.
    fn check_credential(&self, subject: &Subject, record: &Record, reason: &Reason) -> Result<(), AuthError> {
        if *subject == Subject::Platform {
            return self.usable_ticket(record).map(drop);
        }
        match (record.standing(), record.credential()) {
            // A dead refresh token is tried again after its pause: WeChat may have erred, or the list may know another by now.
            (_, Some(Credential::Code(_))) | (Some(Standing::Active | Standing::Dead), _) => Ok(()),
            // There has been a token, so the store has lost what it knew; WeChat can tell.
            (None, None) if reason.generation() > 0 => Ok(()),
            // It never authorised, or the store has lost it and no token is at hand that would say so.
            (None, _) => Err(AuthError::new(AuthErrorKind::UnknownAccount)),
            _ => Err(AuthError::new(AuthErrorKind::NotAuthorized)),
        }
    }

    /// Puts what a flight brought on the shelf, and says what those who wait get.
    fn land(&self, subject: &Subject, reason: &Reason, result: Result<Landed, AuthError>) -> Outcome {
        let now = self.now();
        match result {
            Ok(landed) => Ok(self.put(subject, landed)),
            Err(error) => {
                let cancelled = error.kind() == AuthErrorKind::NotAuthorized;
                let looking = matches!(reason, Reason::Look { .. });
                let verifying = matches!(reason, Reason::Verify { .. });
                let store_failed = error.kind() == AuthErrorKind::StoreUnavailable;
                let only_read = !cancelled && (looking || (verifying && store_failed));
                if !only_read {
                    self.tally.note(&TokenEvent::MintFailed { key: &self.key(subject), error: &error });
                }
                Err(self.shelf.change(subject, now.monotonic, |slot| {
                    if cancelled {
                        slot.cached = None;
                    }
                    // The store is left alone for a while.
                    let again = now.monotonic.later_by(self.policy.store_pause);
                    if let Some(cached) =
                        slot.cached.as_mut().filter(|_| looking || verifying || store_failed)
                    {
                        cached.lease.verify_at = again;
                        cached.lease.store_failed = store_failed;
                    }
                    if let Some(failure) = &mut slot.failure {
                        failure.look_at = again;
                    }
                    match slot.failure_at(now) {
                        Some(failed_before) if only_read && looking => failed_before,
                        _ if only_read && slot.cached.is_some() => error,
                        _ => self.fail(slot, error, now),
                    }
                }))
            }
        }
    }

    /// Puts a token on the shelf, and answers it as it stands there.
    pub(super) fn put(&self, subject: &Subject, landed: Landed) -> AccessToken {
        let policy = &self.policy;
        let now = self.now();
        let mut lease = Lease::begin(policy, landed.at, landed.left, landed.life);
        lease.settle_at = landed.contested.map(|quiet| now.monotonic.later_by(quiet));
        let token = landed.token.expires_at(lease.wall_deadline);
        self.shelf.change(subject, now.monotonic, |slot| {
            let same = slot.cached.as_ref().filter(|cached| cached.token == token);
            let (since, first) =
                same.map_or((now.monotonic, None), |cached| (cached.since, Some(cached.lease)));
            if first.is_none() {
                slot.failure = None;
            }
            if landed.after_rejection {
                slot.last_rejection = Some(now.monotonic);
            }
            slot.cached = Some(Cached {
                token: token.clone(),
                generation: landed.generation,
                lease: Lease {
                    // A token that is only confirmed keeps the moment at which it is to be refreshed, so that comparing does not draw lots anew.
                    refresh_ahead: first.map_or(lease.refresh_ahead, |first| first.refresh_ahead),
                    mandatory: first.map_or(lease.mandatory, |first| first.mandatory),
                    settle_at: lease
                        .settle_at
                        .and_then(|at| first.map_or(Some(at), |first| first.settle_at.or(Some(at)))),
                    // It may have been refused while it was compared with the store.
                    rejected: !landed.after_rejection && first.is_some_and(|first| first.rejected),
                    ..lease
                },
                since,
                pinned: landed.pinned,
            });
        });
        token
    }

    /// Remembers a failed refresh.
    fn fail(&self, slot: &mut crate::cache::Slot, error: AuthError, now: Now) -> AuthError {
        if let Some(paced_elsewhere) = error.retry_after() {
            // The platform's own token could not be had, and its slot keeps the pause. A second pause here would outlast the push that
            // clears the first.
            slot.failure = None;
            return error.retry_in(paced_elsewhere);
        }
        slot.fail(error, now, &self.policy)
    }
}
