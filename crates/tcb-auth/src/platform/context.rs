use std::time::SystemTime;

use tcb_types::ComponentAppId;

use crate::cache::{CachePolicy, Clocks, Now};
use crate::observer::{Metrics, TokenEvent};
use crate::{Subject, TokenKey, telemetry};

/// What all owners know and none of them changes.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) app_id: ComponentAppId,
    pub(super) clocks: Clocks,
    pub(super) policy: CachePolicy,
    pub(super) metrics: Metrics,
    /// When waiting for the first ticket began.
    pub(super) started: SystemTime,
}

impl Context {
    pub(super) fn now(&self) -> Now {
        self.clocks.now()
    }

    pub(super) fn key(&self, subject: &Subject) -> TokenKey {
        TokenKey::new(&self.app_id, subject.clone())
    }

    pub(super) fn note(&self, event: &TokenEvent<'_>) {
        telemetry::event(event);
        self.metrics.note(event);
    }
}
