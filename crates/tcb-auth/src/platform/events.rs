//! What comes in from outside: tickets and authorisations.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tcb_types::{AuthorizationCode, RefreshToken, VerifyTicket};

use super::manager::Manager;
use super::refresh::Reason;
use crate::store::{Credential, StoreTime};
use crate::{AuthError, CodeDigest, Subject};

impl Manager {
    pub(super) async fn take_ticket(
        &self,
        ticket: VerifyTicket,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        let created = StoreTime::from(created);
        let mut newest = false;
        self.records
            .change(&Subject::Platform, |record, _| {
                let taken = record.take_ticket(ticket.clone(), created);
                newest = record.ticket().is_some_and(|(newest, _)| *newest == ticket);
                taken
            })
            .await?;
        // A push that was stored and not acknowledged comes again.
        if newest {
            self.clear_failure(&Subject::Platform);
        }
        Ok(())
    }

    pub(super) async fn ticket_age(&self) -> Result<Option<Duration>, AuthError> {
        let held = self.records.load(&Subject::Platform).await?;
        Ok(held.record.ticket().map(|(_, created)| {
            self.context.clocks.wall().duration_since(created.to_wall_clock()).unwrap_or_default()
        }))
    }

    pub(super) async fn restore(
        &self,
        subject: Subject,
        refresh_token: RefreshToken,
    ) -> Result<(), AuthError> {
        let restored = self
            .records
            .change(&subject, |record, _| record.standing().is_none() && record.restore(&refresh_token, None))
            .await?;
        if restored {
            self.clear_failure(&subject);
        }
        Ok(())
    }

    pub(super) async fn authorized(
        self: &Arc<Self>,
        subject: Subject,
        code: AuthorizationCode,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        let created = StoreTime::from(created);
        let credential = Some(Credential::Code(code.clone()));
        let mut pending = false;
        self.records
            .change(&subject, |record, now| {
                let taken = record.authorized(&code, created, now);
                pending = record.credential() == credential;
                taken
            })
            .await?;
        // Whoever finds the owner of a code also finds that it waits to be exchanged. What WeChat
        // has answered to the redirect's copy of it is known better.
        if let Subject::Authorizer(app_id) = &subject {
            self.records
                .change(&Subject::Code(CodeDigest::of(&code)), |record, now| {
                    record.owner().is_none()
                        && record.note_owner(app_id, now.plus(self.context.policy.code_life))
                })
                .await?;
        }
        // A push that was stored and not acknowledged comes again.
        if pending {
            self.clear_failure(&subject);
            self.exchange_in_background(subject, credential);
        }
        Ok(())
    }

    /// The code is stored, so an exchange that cannot start now starts with the next call for the
    /// account.
    fn exchange_in_background(self: &Arc<Self>, subject: Subject, credential: Option<Credential>) {
        let Ok(refresh) = self.join(&subject, &Reason::Authorized) else { return };
        let manager = Arc::clone(self);
        let _ = self.refreshes.spawn(async move {
            let _ = refresh.outcome().await;
            // It may have been a refresh that began before the code came.
            if !manager.is_paused(&subject)
                && let Ok(held) = manager.records.load(&subject).await
                && held.record.credential() == credential
                && let Ok(refresh) = manager.join(&subject, &Reason::Authorized)
            {
                let _ = refresh.outcome().await;
            }
        });
    }

    /// Whether a refresh has failed a moment ago.
    fn is_paused(&self, subject: &Subject) -> bool {
        let now = self.context.now();
        self.tokens.read(subject, |entry| entry.is_some_and(|entry| entry.is_paused(now)))
    }

    pub(super) async fn unauthorized(&self, subject: Subject, created: SystemTime) -> Result<(), AuthError> {
        let created = StoreTime::from(created);
        if self.records.change(&subject, |record, now| record.unauthorized(created, now)).await? {
            self.tokens.update_existing(&subject, |entry| {
                entry.forget_token();
                entry.clear_failure();
            });
        }
        Ok(())
    }
}
