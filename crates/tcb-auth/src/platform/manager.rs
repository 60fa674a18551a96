use std::fmt;
use std::sync::Arc;

use tcb_types::Moment as _;

use super::context::Context;
use super::records::{Change, Records, Unsaved};
use super::upstream::Upstream;
use crate::cache::{Entry, Refreshed, SingleFlight, TokenMap};
use crate::observer::TokenEvent;
use crate::store::Record;
use crate::{AccessToken, AuthError, Subject};

/// The tokens of one platform. Each part owns what it holds: the records in the store, the calls to
/// WeChat, the tokens at hand, and the refreshes that are running.
pub(super) struct Manager {
    pub(super) context: Arc<Context>,
    pub(super) records: Records,
    pub(super) upstream: Upstream,
    pub(super) tokens: TokenMap,
    pub(super) refreshes: Arc<SingleFlight>,
}

impl Manager {
    /// Saves an answer of WeChat: tries again for as long as a lease lasts, and when that was in
    /// vain goes on in the background until the store takes it.
    pub(super) async fn save(
        self: &Arc<Self>,
        unsaved: Unsaved,
        generation: u64,
        change: Arc<Change>,
    ) -> Result<Record, AuthError> {
        let saved = self.records.save_with_retry(&unsaved.subject, &*change).await;
        if saved.is_err() {
            let key = self.context.key(&unsaved.subject);
            self.context.note(&TokenEvent::Unsaved { key: &key });
            let manager = Arc::clone(self);
            let rest = async move {
                let subject = &unsaved.subject;
                manager.records.save_however_long(subject, &*change).await;
                manager.tokens.update_existing(subject, |entry| entry.saved(generation));
            };
            // There is a runtime, for this runs in it.
            let _ = self.refreshes.carry_on(rest);
        }
        saved
    }

    /// Lets all who ask for it have a token, which is returned as they get it.
    pub(super) fn publish(&self, subject: &Subject, mut refreshed: Refreshed) -> AccessToken {
        let now = self.context.now();
        let end = refreshed.at.wall.later_by(refreshed.left).to_wall_clock();
        let token = refreshed.token.expires_at(end);
        refreshed.token = token.clone();
        let policy = &self.context.policy;
        self.tokens.update(subject, now.monotonic, |entry| entry.publish(refreshed, now, policy));
        token
    }

    /// Something has changed that may let the next refresh succeed.
    pub(super) fn clear_failure(&self, subject: &Subject) {
        self.tokens.update_existing(subject, Entry::clear_failure);
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTokens")
            .field("app_id", &self.context.app_id)
            .field("transport", &self.upstream.transport())
            .field("store", &self.records.store())
            .finish_non_exhaustive()
    }
}
