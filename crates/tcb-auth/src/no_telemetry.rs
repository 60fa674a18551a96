//! Stands for telemetry where the feature `metrics` is off: nobody is told anything.

use crate::{StoreError, TokenEvent};

pub(crate) fn event(_event: &TokenEvent<'_>) {}

pub(crate) struct StoreOperation;

impl StoreOperation {
    pub(crate) fn begin(_name: &'static str) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "there is something to be told with the feature")]
    pub(crate) fn end(self, _error: Option<&StoreError>) {}
}
