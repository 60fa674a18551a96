//! What tokens and the store tell the recorder of the crate `metrics`. No merchant is named: there
//! may be millions.

use std::fmt::Debug;
use std::time::Instant;

use metrics::{Counter, Label, counter, histogram};
use tcb_types::{Clock as _, SystemClock};

use crate::{StoreError, TokenEvent, TokenKey};

/// Counts an event.
pub(crate) fn event(event: &TokenEvent<'_>) {
    let counted = |name: &'static str, key: &TokenKey, label: Option<(&'static str, String)>| -> Counter {
        let mut labels = vec![Label::new("tcb.component", key.component().as_str().to_owned())];
        labels.extend(label.map(|(name, value)| Label::new(name, value)));
        counter!(name, labels)
    };
    match event {
        TokenEvent::Minted { key, cause } => counted("tcb.token.mints", key, Some(("cause", name_of(cause)))),
        TokenEvent::MintFailed { key, error } => {
            counted("tcb.token.mint_failures", key, Some(("error.type", name_of(&error.kind()))))
        }
        TokenEvent::Queued { waited, .. } => {
            return histogram!("tcb.token.queue.duration").record(*waited);
        }
        TokenEvent::Rejected { key, recently_minted } => {
            counted("tcb.token.rejections", key, Some(("young", recently_minted.to_string())))
        }
        TokenEvent::ServedStale { key } => counted("tcb.token.served_stale", key, None),
        TokenEvent::Unsaved { key } => counted("tcb.token.unsaved", key, None),
        TokenEvent::Contested { key } => counted("tcb.token.contested", key, None),
        TokenEvent::Recovered { key, by } => counted("tcb.token.recoveries", key, Some(("by", name_of(by)))),
        TokenEvent::NeedsReauthorization { key } => counted("tcb.token.reauthorizations", key, None),
        TokenEvent::TicketOld { .. } | TokenEvent::TicketMissing { .. } => counter!("tcb.ticket.overdue"),
        TokenEvent::MaintenanceFailed { error, .. } => {
            counter!("tcb.maintenance_failures", "error.type" => name_of(&error.kind()))
        }
        // The store's failures are in the durations of its operations.
        _ => return,
    }
    .increment(1);
}

/// One operation of the store, from its beginning.
pub(crate) struct StoreOperation {
    name: &'static str,
    begun: Instant,
}

impl StoreOperation {
    pub(crate) fn begin(name: &'static str) -> Self {
        Self { name, begun: SystemClock.monotonic() }
    }

    pub(crate) fn end(self, error: Option<&StoreError>) {
        let mut labels = vec![Label::from_static_parts("db.operation.name", self.name)];
        labels.extend(error.map(|error| Label::new("error.type", name_of(&error.kind()))));
        let took = SystemClock.monotonic().saturating_duration_since(self.begun);
        histogram!("db.client.operation.duration", labels).record(took);
    }
}

/// The name of a variant, without what it holds.
fn name_of(variant: &impl Debug) -> String {
    let mut name = format!("{variant:?}");
    name.truncate(name.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(name.len()));
    name
}
