//! What comes in from outside: tickets and authorisations.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tcb_types::authorization::StartPushTicket;
use tcb_types::{AuthorizationCode, Moment as _, RefreshToken, VerifyTicket};

use super::desk::Desk;
use super::flight::Reason;
use crate::store::{Credential, StoreTime};
use crate::{AuthError, CodeDigest, Subject};

impl Desk {
    pub(super) async fn take_ticket(
        &self,
        ticket: VerifyTicket,
        created: SystemTime,
    ) -> Result<(), AuthError> {
        let created = StoreTime::from(created);
        let mut newest = false;
        self.change(&Subject::Platform, |record, _| {
            let taken = record.take_ticket(ticket.clone(), created);
            newest = record.ticket().is_some_and(|(newest, _)| *newest == ticket);
            taken
        })
        .await?;
        // A push that was stored and not acknowledged comes again.
        if newest {
            self.forgive(&Subject::Platform);
        }
        Ok(())
    }

    pub(super) async fn ticket_age(&self) -> Result<Option<Duration>, AuthError> {
        let (_, record, _) = self.load(&Subject::Platform).await?;
        Ok(record.ticket().map(|(_, created)| {
            let created = UNIX_EPOCH.later_by(Duration::from_millis(created.as_millis()));
            self.clock.wall().duration_since(created).unwrap_or_default()
        }))
    }

    pub(super) async fn start_push_ticket(&self) -> Result<(), AuthError> {
        let operation = StartPushTicket::new(&self.app_id, self.secret.clone());
        self.call(None, &operation).await?;
        Ok(())
    }

    pub(super) async fn restore(
        &self,
        subject: Subject,
        refresh_token: RefreshToken,
    ) -> Result<(), AuthError> {
        let restored = self
            .change(&subject, |record, _| record.standing().is_none() && record.restore(&refresh_token, None))
            .await?;
        if restored {
            self.forgive(&subject);
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
        self.change(&subject, |record, now| {
            let taken = record.authorized(&code, created, now);
            pending = record.credential() == credential;
            taken
        })
        .await?;
        // Whoever finds the owner of a code also finds that it waits to be exchanged. What WeChat has answered to the redirect's copy of it is
        // known better.
        if let Subject::Authorizer(app_id) = &subject {
            self.change(&Subject::Code(CodeDigest::of(&code)), |record, now| {
                record.owner().is_none() && record.note_owner(app_id, now.plus(self.policy.code_life))
            })
            .await?;
        }
        // A push that was stored and not acknowledged comes again.
        if pending {
            self.forgive(&subject);
            // The code is stored, so an exchange that cannot start now starts with the next call for the account.
            if let Ok(flight) = self.board(&subject, &Reason::Authorized) {
                let desk = Arc::clone(self);
                let _ = self.flights.spawn(async move {
                    let _ = flight.landed().await;
                    // It may have been a flight that took off before the code came.
                    if !desk.is_paused(&subject)
                        && let Ok((_, record, _)) = desk.load(&subject).await
                        && record.credential() == credential
                        && let Ok(flight) = desk.board(&subject, &Reason::Authorized)
                    {
                        let _ = flight.landed().await;
                    }
                });
            }
        }
        Ok(())
    }

    pub(super) async fn unauthorized(&self, subject: Subject, created: SystemTime) -> Result<(), AuthError> {
        let created = StoreTime::from(created);
        if self.change(&subject, |record, now| record.unauthorized(created, now)).await? {
            self.shelf.change_if_there(&subject, |slot| {
                slot.cached = None;
                slot.failure = None;
            });
        }
        Ok(())
    }
}
