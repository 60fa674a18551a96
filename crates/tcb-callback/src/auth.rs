//! Tickets and authorisations into the token cache.

use async_trait::async_trait;
use tcb_auth::PlatformTokens;

use crate::event::{EventDetail, PlatformEvent};
use crate::sink::{EventSink, SinkError};

/// Records tickets, authorisations and their withdrawal, and the code of a quick registration that
/// succeeded; other events are ignored.
///
/// It stores them, does not wait for the exchange of a code, and fails when the store does, so that
/// WeChat pushes again. Of two events the one with the later `CreateTime` counts, whatever their
/// order.
#[async_trait]
impl EventSink for PlatformTokens {
    async fn platform_event(&self, event: PlatformEvent) -> Result<(), SinkError> {
        match event.detail {
            EventDetail::Ticket(ticket) => self.ticket(ticket, event.created).await?,
            EventDetail::Authorized(authorization) | EventDetail::UpdateAuthorized(authorization) => {
                self.authorized(authorization.account, authorization.code, event.created).await?;
            }
            EventDetail::Unauthorized { account } => self.unauthorized(account, event.created).await?,
            EventDetail::FastRegistration(registration) if registration.status == 0 => {
                if let (Some(account), Some(code)) = (registration.account, registration.code) {
                    self.authorized(account, code, event.created).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
