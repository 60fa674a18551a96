//! What happens when a token is due, from top to bottom: load what is stored, adopt it if it is
//! newer or get the permit to ask WeChat, ask, and save what WeChat answered;
//! then everybody who waits gets it.

use std::sync::Arc;
use std::time::Duration;

use tcb_types::authorization::GetAuthorizerRefreshToken;
use tcb_types::{AuthorizationCode, AuthorizerAppId, Moment as _, VerifyTicket, scaled};

use super::calls::PlatformCalls;
use super::manager::Manager;
use super::records::{ActivePermit, LoadedRecord};
use super::recovery::Recovery;
use super::upstream::{MadeOf, Minted, RequestError, RequestFate};
use crate::cache::{CachedToken, Now, Refreshed, TokenResult};
use crate::observer::{MintCause, TokenEvent};
use crate::store::{Credential, Record, Standing, StoreTime, Stored};
use crate::{AccessToken, AuthError, AuthErrorKind, Subject, TokenSource};

/// Why a token is refreshed, with what is at hand.
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
    /// A refresh has failed a moment ago, so nothing is to be minted; but the store may have a
    /// token by now.
    Look { generation: u64, refused: Option<AccessToken> },
    /// An authorisation is new.
    Authorized,
}

impl Reason {
    pub(super) fn due(cached: &CachedToken) -> Self {
        let contested = cached.times.replace_at.is_some();
        let cause = if contested { MintCause::Contested } else { MintCause::Due };
        Self::Due { generation: cached.generation, cause }
    }

    /// The comparison of a token at hand, in or after the pause that follows a failed refresh.
    pub(super) fn verify(cached: &CachedToken, paused: bool) -> Self {
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

    fn cause(&self) -> MintCause {
        match self {
            // A comparison ends in a mint only when the store has no token, a look never does.
            Self::Missing { .. } | Self::Verify { .. } | Self::Look { .. } => MintCause::Missing,
            Self::Due { cause, .. } => *cause,
            Self::Rejected { .. } => MintCause::Rejected,
            Self::Authorized => MintCause::Authorized,
        }
    }
}

/// How many leases of other processes are waited for, one after the other, before a refresh fails.
const LEASES_WAITED_FOR: u32 = 6;

/// One refresh of one token.
pub(super) struct Refresh {
    pub(super) manager: Arc<Manager>,
    pub(super) subject: Subject,
    pub(super) reason: Reason,
}

impl Refresh {
    /// Brings a good token, whatever the reason. `platform` is the
    /// source of the platform's own token, which calls for an account need.
    ///
    /// It ends in time: each operation of the store and each call has its limit, and so have the
    /// wait for another process and the recovery. It is not cut off, for then it would lose what
    /// WeChat has answered.
    pub(super) async fn run(self, platform: &dyn TokenSource) -> Result<Refreshed, AuthError> {
        let Manager { context, records, .. } = &*self.manager;
        let mut platform_token = None;
        let mut waits_since = None;
        let mut contention = records.contention();
        loop {
            let mut held = records.load(&self.subject).await?;
            if let Some(adopted) = self.adopt(&held) {
                return Ok(adopted);
            }
            self.check_credential(&held.record)?;
            if matches!(self.reason, Reason::Look { .. }) {
                return Err(AuthError::new(AuthErrorKind::Unavailable));
            }
            if matches!(self.subject, Subject::Authorizer(_)) && platform_token.is_none() {
                // Got before the permit is taken, so that it does not use up the lease.
                platform_token = platform.cached();
                if platform_token.is_none() {
                    // The record that was loaded before this wait would do: the permit is swapped
                    // in only while nobody has changed the record. But lease and mark are counted
                    // from the time that came with it, and that is old then.
                    platform_token = Some(platform.token().await?);
                    continue;
                }
            }
            if let Some(kept) = self.keep_refused(&held) {
                return Ok(kept);
            }
            let permit = match records.permit(&self.subject, &mut held, self.reason.generation()) {
                Ok(permit) if matches!(self.reason, Reason::Rejected { .. }) => permit.after_rejection(),
                Ok(permit) => permit,
                Err(held_for) => {
                    self.wait(held_for, *waits_since.get_or_insert_with(|| context.now())).await?;
                    contention = records.contention();
                    continue;
                }
            };
            let Some(mut active) = records.activate(&self.subject, permit, held).await? else {
                records.step_aside(&mut contention).await?;
                continue;
            };
            match self.ask(&mut active, platform, platform_token.take()).await {
                Ok(minted) => return self.save(active, minted).await,
                Err(failure) => {
                    match failure.fate {
                        // It is kept until it runs out.
                        RequestFate::Unanswered => {}
                        // Where another process has it by now, what goes is our own mark.
                        fate => {
                            let maybe_applied = fate == RequestFate::MaybeApplied;
                            records.release(&self.subject, permit, maybe_applied).await;
                        }
                    }
                    if failure.fate != RequestFate::Overtaken {
                        return Err(failure.error);
                    }
                }
            }
        }
    }

    /// Says that it has waited in line since it was `asked` for, and begins.
    pub(super) fn note_queued(&self, asked: Now) {
        let context = &self.manager.context;
        let waited = context.now().since(asked);
        context.note(&TokenEvent::Queued { key: &context.key(&self.subject), waited });
    }

    /// The stored token, if it makes a refresh unnecessary.
    fn adopt(&self, held: &LoadedRecord) -> Option<Refreshed> {
        let LoadedRecord { record, now, .. } = held;
        if matches!(record.credential(), Some(Credential::Code(_))) {
            // A code runs out, so it is exchanged before anything else.
            return None;
        }
        let stored = record.access(*now)?;
        let (token, generation) = (stored.token, stored.generation);
        let serves = match &self.reason {
            // What is stored after an authorisation, another process has made of the code.
            Reason::Missing { .. } | Reason::Authorized => true,
            // Another process may have replaced it, or given its request up.
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
        serves.then(|| self.refreshed_from(record, *now, stored))
    }

    /// The stored token as a refresh brings it.
    fn refreshed_from(&self, record: &Record, now: StoreTime, stored: Stored<'_>) -> Refreshed {
        let context = &self.manager.context;
        let contested = record.is_contested().then(|| {
            context.note(&TokenEvent::Contested { key: &context.key(&self.subject) });
            // A store whose clock was set back would name a moment that is too far.
            let window = context.policy.unanswered_window;
            record.quiet_in(now, window).min(window)
        });
        Refreshed {
            token: self.subject.access_token(stored.token.clone()),
            generation: stored.generation,
            left: stored.left,
            life: stored.life,
            at: context.now(),
            contested,
            unsaved: false,
            after_rejection: false,
        }
    }

    /// Whether there is anything to make a token of.
    fn check_credential(&self, record: &Record) -> Result<(), AuthError> {
        if self.subject == Subject::Platform {
            return self.usable_ticket(record).map(drop);
        }
        match (record.standing(), record.credential()) {
            // A dead refresh token is tried again after its pause: WeChat may have erred, or the
            // list may know another by now.
            (_, Some(Credential::Code(_))) | (Some(Standing::Active | Standing::Dead), _) => Ok(()),
            // There has been a token, so the store has lost what it knew; WeChat can tell.
            (None, None) if self.reason.generation() > 0 => Ok(()),
            // It never authorised, or the store has lost it and no token is at hand that would say
            // so.
            (None, _) => Err(AuthError::new(AuthErrorKind::UnknownAccount)),
            _ => Err(AuthError::new(AuthErrorKind::NotAuthorized)),
        }
    }

    /// The ticket and its age.
    fn usable_ticket(&self, record: &Record) -> Result<(VerifyTicket, Duration), AuthError> {
        let context = &self.manager.context;
        let waiting = |since| Err(AuthError::new(AuthErrorKind::NoTicket { since }));
        let Some((ticket, created)) = record.ticket() else { return waiting(context.started) };
        let created = created.to_wall_clock();
        let age = context.clocks.wall().duration_since(created).unwrap_or_default();
        if age >= context.policy.ticket_life {
            return waiting(created.later_by(context.policy.ticket_life));
        }
        Ok((ticket.clone(), age))
    }

    /// A token that was refused and stays: a process has just refreshed for the same reason, and it
    /// did not help.
    fn keep_refused(&self, held: &LoadedRecord) -> Option<Refreshed> {
        let Reason::Rejected { token, .. } = &self.reason else { return None };
        let LoadedRecord { record, now, .. } = held;
        if !record.is_after_rejection(*now, self.manager.context.policy.rejection_interval) {
            return None;
        }
        let stored = record.access(*now).filter(|stored| token.value() == stored.token)?;
        Some(Refreshed { after_rejection: true, ..self.refreshed_from(record, *now, stored) })
    }

    /// Waits for the process that has the permit.
    async fn wait(&self, held_for: Duration, since: Now) -> Result<(), AuthError> {
        let context = &self.manager.context;
        let waited = context.now().monotonic.since(since.monotonic);
        // Several processes may take the permit and die with it, one after the other.
        if waited >= context.policy.lease.saturating_mul(LEASES_WAITED_FOR) {
            return Err(AuthError::new(AuthErrorKind::Unavailable));
        }
        let poll = scaled(context.policy.poll, 0.5 + fastrand::f64());
        tokio::time::sleep(poll.min(held_for)).await;
        Ok(())
    }

    /// Asks WeChat.
    async fn ask(
        &self,
        active: &mut ActivePermit,
        platform: &dyn TokenSource,
        platform_token: Option<AccessToken>,
    ) -> Result<Minted, RequestError> {
        let Manager { context, records, upstream, .. } = &*self.manager;
        if let (Subject::Authorizer(app_id), Some(token)) = (&self.subject, platform_token) {
            let credential = active.record.credential();
            let mut calls =
                PlatformCalls::under_permit(upstream, platform, token, records, &self.subject, active);
            return self.ask_for_account(app_id, credential, &mut calls).await;
        }
        let (ticket, age) = self.usable_ticket(&active.record)?;
        if age >= context.policy.ticket_old {
            context.note(&TokenEvent::TicketOld { age });
        }
        if !records.renew(&self.subject, active).await? {
            return Err(RequestError::overtaken());
        }
        upstream.component_token(ticket).await
    }

    async fn ask_for_account(
        &self,
        app_id: &AuthorizerAppId,
        credential: Option<Credential>,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Minted, RequestError> {
        let Manager { context, records, upstream, .. } = &*self.manager;
        let recovery = Recovery { context, records, upstream, subject: &self.subject, app_id };
        let code = match credential {
            Some(Credential::Code(code)) => code,
            Some(Credential::RefreshToken(token)) => return recovery.mint(Some(&token), calls).await,
            None => return recovery.mint(None, calls).await,
        };
        let failure = match self.exchange(&code, calls).await {
            Ok(minted) => return Ok(minted),
            Err(failure) => failure,
        };
        // The redirect and the push bring the same code: when one of them was exchanged, the other
        // is used up.
        let used_up = failure.error.kind() == AuthErrorKind::NeedsReauthorization;
        if !used_up && failure.error.api().is_none() {
            return Err(failure);
        }
        let given_up = records
            .change(&self.subject, |record, now| {
                let hopeless = used_up || record.code_is_old(now, context.policy.code_life);
                hopeless && record.drop_code(&code)
            })
            .await?;
        if !given_up {
            return Err(failure);
        }
        // A process may have died with the answer, so that only WeChat knows the refresh token.
        let held = records.load(&self.subject).await?;
        recovery.mint(held.record.refresh_token(), calls).await
    }

    /// Exchanges a code that an event brought.
    async fn exchange(
        &self,
        code: &AuthorizationCode,
        calls: &mut PlatformCalls<'_>,
    ) -> Result<Minted, RequestError> {
        let manager = &self.manager;
        let asked = manager.context.now();
        let operation = GetAuthorizerRefreshToken::new(&manager.context.app_id, code.clone());
        let answer = calls.call(&operation).await?.authorization_info;
        let owner = Subject::Authorizer(answer.app_id.clone());
        if owner != self.subject {
            // The event named another account than its code belongs to. The tokens are kept under
            // the account that they are for.
            manager.keep_exchanged(&owner, code, &answer, asked).await;
            manager.keep_owner(code, &answer.app_id).await;
            manager.records.change(&self.subject, |record, _| record.drop_code(code)).await?;
            return Err(AuthError::new(AuthErrorKind::NotAuthorized).into());
        }
        let made_of = MadeOf::Code { code: code.clone(), refresh_token: answer.refresh_token.clone() };
        let failure = match answer.access_token.clone() {
            Some(token) => {
                let seconds = answer.expires_in.unwrap_or(0);
                match manager.upstream.minted(&owner, token, seconds, asked, made_of) {
                    Ok(minted) => return Ok(minted),
                    // The code is used up, and what stands beside the odd token is good.
                    Err(error) => RequestError::after_an_answer(error),
                }
            }
            // The account has no API rights, so there is no token to act for it; what it granted is
            // kept all the same.
            None => AuthError::new(AuthErrorKind::NotAuthorized).into(),
        };
        manager.keep_exchanged(&owner, code, &answer, asked).await;
        Err(failure)
    }

    /// Saves what WeChat answered before anybody uses it, if that can be done in time.
    ///
    /// # Errors
    ///
    /// When the account has cancelled meanwhile: then the token is not to be used.
    async fn save(&self, active: ActivePermit, minted: Minted) -> Result<Refreshed, AuthError> {
        let Manager { context, records, .. } = &*self.manager;
        let key = context.key(&self.subject);
        context.note(&TokenEvent::Minted { key: &key, cause: self.reason.cause() });
        let unsaved = records.mark_unsaved(&self.subject);
        let (permit, given) = (active.permit, active.given);
        let token = self.subject.access_token(minted.token.clone());
        let minted = Arc::new(minted);

        let at_once = |record: &mut Record| {
            let now = context.now();
            minted.commit(record, permit, given.store_time(now), now);
        };
        let saved = if let Some(record) = records.save_at_once(&self.subject, active, at_once).await {
            Ok(record)
        } else {
            let (context, minted) = (Arc::clone(context), Arc::clone(&minted));
            let change = move |record: &mut Record, at: StoreTime| {
                minted.commit(record, permit, at, context.now());
            };
            self.manager.save(unsaved, permit.fence, Arc::new(change)).await
        };
        // Saving may have taken a while, and the token has aged.
        let now = context.now();
        let generation = permit.fence;
        let (left, life) = (minted.left(now), minted.expires_in);
        match saved {
            Ok(record) if record.standing() == Some(Standing::Revoked) => {
                Err(AuthError::new(AuthErrorKind::NotAuthorized))
            }
            // A later request of another process has won, so it has the newer token.
            Ok(record) if record.generation() > generation => {
                let store_now = given.store_time(now);
                let newer =
                    record.access(store_now).map(|newer| self.refreshed_from(&record, store_now, newer));
                newer.ok_or_else(|| AuthError::new(AuthErrorKind::Unavailable))
            }
            Ok(record) => {
                let stored = Stored { token: &minted.token, generation, left, life };
                let adopted = self.refreshed_from(&record, given.store_time(now), stored);
                Ok(Refreshed { after_rejection: permit.is_after_rejection(), ..adopted })
            }
            Err(_) => Ok(Refreshed {
                token,
                generation,
                left,
                life,
                at: now,
                contested: None,
                unsaved: true,
                after_rejection: permit.is_after_rejection(),
            }),
        }
    }
}

impl Manager {
    /// Takes in how a refresh ended, and returns what those who wait for it get.
    pub(super) fn complete(
        &self,
        subject: &Subject,
        reason: &Reason,
        outcome: Result<Refreshed, AuthError>,
    ) -> TokenResult {
        match outcome {
            Ok(refreshed) => Ok(self.publish(subject, refreshed)),
            Err(error) => Err(self.fail(subject, reason, error)),
        }
    }

    /// Notes a refresh that failed, and returns the error that those who wait get: the one of the
    /// failure before it, when this refresh only looked whether that has ended.
    fn fail(&self, subject: &Subject, reason: &Reason, error: AuthError) -> AuthError {
        let policy = &self.context.policy;
        let now = self.context.now();
        let not_authorized = error.kind() == AuthErrorKind::NotAuthorized;
        let looking = matches!(reason, Reason::Look { .. });
        let verifying = matches!(reason, Reason::Verify { .. });
        let store_failed = error.kind() == AuthErrorKind::StoreUnavailable;
        let only_read = !not_authorized && (looking || (verifying && store_failed));
        if !only_read {
            let key = self.context.key(subject);
            self.context.note(&TokenEvent::MintFailed { key: &key, error: &error });
        }
        self.tokens.update(subject, now.monotonic, |entry| {
            if not_authorized {
                entry.forget_token();
            }
            // The store is left alone for a while.
            let store_again_at = now.monotonic.later_by(policy.store_pause);
            if looking || verifying || store_failed {
                entry.verify_again_at(store_again_at, store_failed);
            }
            entry.look_again_at(store_again_at);
            match entry.failure(now) {
                Some(failed_before) if only_read && looking => failed_before,
                _ if only_read && entry.cached().is_some() => error,
                // The platform's own token could not be had, and its entry keeps the pause. A
                // second pause here would outlast the push that clears the first.
                _ if error.retry_after().is_some() => {
                    entry.clear_failure();
                    error
                }
                _ => entry.fail(error, now, policy),
            }
        })
    }
}
