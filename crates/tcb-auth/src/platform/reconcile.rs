use std::collections::HashSet;
use std::sync::Arc;

use tcb_types::AuthorizerAppId;
use tcb_types::authorization::{GetAuthorizerInfo, ListAuthorizers, ListedAuthorizer};

use super::desk::Desk;
use super::mint::PlatformCaller;
use crate::store::{Record, Standing, StoreTime};
use crate::{AuthError, Subject};

/// What [`PlatformTokens::reconcile`](crate::PlatformTokens::reconcile) found and repaired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// How many accounts WeChat lists.
    pub listed: u64,
    /// Accounts of which nothing was stored, or nothing that stands: their push was missed, or the store had lost them.
    pub added: Vec<AuthorizerAppId>,
    /// Accounts whose stored refresh token was another one. The former is kept for one more try.
    pub changed: Vec<AuthorizerAppId>,
    /// Accounts that WeChat does not list any more: they cancelled, and the push was missed.
    pub revoked: Vec<AuthorizerAppId>,
    /// Accounts that WeChat lists without a refresh token: their code was never exchanged, so they have to authorise again.
    pub unexchanged: Vec<AuthorizerAppId>,
}

impl Desk {
    pub(super) async fn reconcile(self: &Arc<Self>) -> Result<Reconciled, AuthError> {
        let (_, _, began) = self.load(&Subject::Platform).await?;
        let token = self.token(&Subject::Platform).await?;
        let mut caller = PlatformCaller { desk: self, token, right: None };
        let mut report = Reconciled::default();
        let mut listed = HashSet::new();
        loop {
            let page = ListAuthorizers::new(&self.app_id, report.listed, ListAuthorizers::MAX_COUNT);
            let accounts = caller.call(&page).await.map_err(|failure| failure.error)?.list;
            if accounts.is_empty() {
                break;
            }
            report.listed += accounts.len() as u64;
            let before = listed.len();
            for account in accounts {
                listed.insert(account.app_id.clone());
                self.repair(account, began, &mut report).await?;
            }
            if listed.len() == before {
                // A server that gives the same page again would do so for ever.
                break;
            }
        }
        self.revoke_all_but(&listed, began, &mut caller, &mut report).await?;
        Ok(report)
    }

    async fn repair(
        &self,
        account: ListedAuthorizer,
        began: StoreTime,
        report: &mut Reconciled,
    ) -> Result<(), AuthError> {
        let Some(listed) = account.refresh_token.filter(|token| !token.is_empty()) else {
            report.unexchanged.push(account.app_id);
            return Ok(());
        };
        let subject = Subject::Authorizer(account.app_id.clone());
        let mut was = None;
        let repaired = self
            .change(&subject, |record, _| {
                was = record.standing();
                // An event or a refresh was faster than the list.
                if record.heard_since(began) || record.minted_since(began.minus(self.policy.mint_timeout)) {
                    return false;
                }
                let known = record.refresh_token().cloned();
                record.restore(&listed, known.as_ref())
            })
            .await?;
        if repaired {
            self.forgive(&subject);
            let list = if was == Some(Standing::Active) { &mut report.changed } else { &mut report.added };
            list.push(account.app_id);
        }
        Ok(())
    }

    async fn revoke_all_but(
        &self,
        listed: &HashSet<AuthorizerAppId>,
        began: StoreTime,
        caller: &mut PlatformCaller<'_>,
        report: &mut Reconciled,
    ) -> Result<(), AuthError> {
        const PAGE: usize = 1000;
        let mut after = None;
        loop {
            let key = self.key(&Subject::Platform);
            let stored =
                self.in_time(&key, self.store.authorizers(&self.app_id, after.as_ref(), PAGE)).await?;
            let Some(last) = stored.last().cloned() else { return Ok(()) };
            after = Some(last);
            for app_id in stored.into_iter().filter(|app_id| !listed.contains(app_id)) {
                let subject = Subject::Authorizer(app_id.clone());
                let stands = |record: &Record| {
                    matches!(record.standing(), Some(Standing::Active | Standing::Dead))
                        && !record.heard_since(began)
                };
                if !stands(&self.load(&subject).await?.1) {
                    continue;
                }
                // The list skips an account when another one leaves while it is read, and a refresh token is not thrown away for that.
                match caller.call(&GetAuthorizerInfo::new(&self.app_id, &app_id)).await {
                    Err(failure) if failure.is_no_authorization() => {}
                    _ => continue,
                }
                let revoked = self
                    .change(&subject, |record, now| {
                        let stands = stands(record);
                        if stands {
                            record.revoke(now);
                        }
                        stands
                    })
                    .await?;
                if revoked {
                    self.shelf.change_if_there(&subject, |slot| slot.cached = None);
                    report.revoked.push(app_id);
                }
            }
        }
    }
}
