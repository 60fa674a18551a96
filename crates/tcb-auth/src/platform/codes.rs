//! What the exchange of an authorisation code brings, and whose code it was.

use std::sync::Arc;

use tcb_types::authorization::GrantedAuthorization;
use tcb_types::{AuthorizationCode, AuthorizerAppId};

use super::manager::Manager;
use super::upstream::MadeOf;
use crate::cache::{Now, Refreshed};
use crate::store::{Nonce, Record, StoreTime};
use crate::{AuthError, CodeDigest, Subject};

impl Manager {
    /// Keeps what the exchange of a code brought for `owner`, and publishes its access token.
    pub(super) async fn keep_exchanged(
        self: &Arc<Self>,
        owner: &Subject,
        code: &AuthorizationCode,
        answer: &GrantedAuthorization,
        asked: Now,
    ) {
        let unsaved = self.records.mark_unsaved(owner);
        let minted = answer.access_token.clone().and_then(|token| {
            let refresh_token = answer.refresh_token.clone();
            let made_of = MadeOf::Code { code: code.clone(), refresh_token };
            let seconds = answer.expires_in.unwrap_or(0);
            self.upstream.minted(owner, token, seconds, asked, made_of).ok().map(Arc::new)
        });
        let change = {
            let (context, code, minted) = (Arc::clone(&self.context), code.clone(), minted.clone());
            let refresh_token = answer.refresh_token.clone();
            let nonce = Nonce::random();
            move |record: &mut Record, at: StoreTime| {
                let now = context.now();
                if record.has_moved_on(&code, at.minus(now.since(asked))) {
                    // The account has cancelled or authorised anew while this waited to be saved.
                    return;
                }
                record.exchanged(&code, refresh_token.as_ref(), at);
                if let Some(minted) = &minted {
                    record.install(&minted.token, minted.left(now), minted.expires_in, nonce, at);
                }
            }
        };
        let saved = self.save(unsaved, 0, Arc::new(change)).await;
        self.clear_failure(owner);
        let Some(minted) = minted else { return };
        let (generation, unsaved) = match saved {
            Ok(record) if !record.stands_by(code) => return,
            Ok(record) => (record.generation(), false),
            Err(_) => (0, true),
        };
        let at = self.context.now();
        let refreshed = Refreshed {
            token: owner.access_token(minted.token.clone()),
            generation,
            left: minted.left(at),
            life: minted.expires_in,
            at,
            contested: None,
            unsaved,
            after_rejection: false,
        };
        self.publish(owner, refreshed);
    }

    /// Keeps whose code it is, so that who brings it again is answered; tried in the background for
    /// as long as that matters.
    pub(super) async fn keep_owner(self: &Arc<Self>, code: &AuthorizationCode, owner: &AuthorizerAppId) {
        if self.note_owner(code, owner).await.is_ok() {
            return;
        }
        let (manager, code, owner) = (Arc::clone(self), code.clone(), owner.clone());
        let began = self.context.now();
        let rest = async move {
            let policy = &manager.context.policy;
            let mut pause = policy.backoff;
            while manager.note_owner(&code, &owner).await.is_err()
                && manager.context.now().since(began) < policy.code_life
            {
                manager.records.pause(&mut pause).await;
            }
        };
        // There is a runtime, for this runs in it.
        let _ = self.refreshes.carry_on(rest);
    }

    /// Notes whose code it is.
    pub(super) async fn note_owner(
        &self,
        code: &AuthorizationCode,
        owner: &AuthorizerAppId,
    ) -> Result<bool, AuthError> {
        let life = self.context.policy.code_life;
        let subject = Subject::Code(CodeDigest::of(code));
        self.records.change(&subject, |record, now| record.note_owner(owner, now.plus(life))).await
    }
}
