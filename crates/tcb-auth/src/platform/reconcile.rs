//! Comparing the store with WeChat's list of the accounts that have authorised the platform.

use std::collections::HashSet;
use std::sync::Arc;

use tcb_types::AuthorizerAppId;
use tcb_types::authorization::{GetAuthorizerInfo, ListAuthorizers, ListedAuthorizer};

use super::calls::PlatformCalls;
use super::manager::Manager;
use super::serve::ComponentToken;
use crate::cache::Entry;
use crate::store::{Record, Standing, StoreTime};
use crate::{AuthError, Reconciled, Subject};

impl Manager {
    pub(super) async fn reconcile(self: &Arc<Self>) -> Result<Reconciled, AuthError> {
        let began = self.records.load(&Subject::Platform).await?.now;
        let platform = ComponentToken { manager: Arc::clone(self) };
        let mut calls = PlatformCalls::new(&self.upstream, &platform).await?;
        let mut report = Reconciled::default();
        let mut listed = HashSet::new();
        loop {
            let page = ListAuthorizers::new(&self.context.app_id, report.listed, ListAuthorizers::MAX_COUNT);
            let accounts = calls.call(&page).await.map_err(|failure| failure.error)?.list;
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
        self.revoke_all_but(&listed, began, &mut calls, &mut report).await?;
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
            .records
            .change(&subject, |record, _| {
                was = record.standing();
                // An event or a refresh was faster than the list.
                if record.heard_since(began)
                    || record.minted_since(began.minus(self.context.policy.mint_timeout))
                {
                    return false;
                }
                let known = record.refresh_token().cloned();
                record.restore(&listed, known.as_ref())
            })
            .await?;
        if repaired {
            self.clear_failure(&subject);
            let list = if was == Some(Standing::Active) { &mut report.changed } else { &mut report.added };
            list.push(account.app_id);
        }
        Ok(())
    }

    async fn revoke_all_but(
        &self,
        listed: &HashSet<AuthorizerAppId>,
        began: StoreTime,
        calls: &mut PlatformCalls<'_>,
        report: &mut Reconciled,
    ) -> Result<(), AuthError> {
        let mut after = None;
        loop {
            let stored = self.records.authorizers(after.as_ref()).await?;
            let Some(last) = stored.last().cloned() else { return Ok(()) };
            after = Some(last);
            for app_id in stored.into_iter().filter(|app_id| !listed.contains(app_id)) {
                let subject = Subject::Authorizer(app_id.clone());
                let stands = |record: &Record| {
                    matches!(record.standing(), Some(Standing::Active | Standing::Dead))
                        && !record.heard_since(began)
                };
                if !stands(&self.records.load(&subject).await?.record) {
                    continue;
                }
                // The list skips an account when another one leaves while it is read, and a refresh
                // token is not thrown away for that.
                match calls.call(&GetAuthorizerInfo::new(&self.context.app_id, &app_id)).await {
                    Err(failure) if failure.is_no_authorization() => {}
                    _ => continue,
                }
                let revoked = self
                    .records
                    .change(&subject, |record, now| {
                        let stands = stands(record);
                        if stands {
                            record.revoke(now);
                        }
                        stands
                    })
                    .await?;
                if revoked {
                    self.tokens.update_existing(&subject, Entry::forget_token);
                    report.revoked.push(app_id);
                }
            }
        }
    }
}
