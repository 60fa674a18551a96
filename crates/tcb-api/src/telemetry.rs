//! What calls tell the recorder of the crate `metrics`.

use std::time::Duration;

use metrics::{Label, counter, histogram};

use crate::Error;

/// A call has ended.
pub(crate) fn call(operation: &str, took: impl FnOnce() -> Duration, error: Option<&Error>) {
    let mut labels = vec![Label::new("tcb.operation", operation.to_owned())];
    if let Some(error) = error {
        labels.push(Label::new("error.type", format!("{:?}", error.kind())));
        labels.extend(error.api().map(|api| Label::new("tcb.errcode", api.code().get().to_string())));
    }
    histogram!("tcb.client.call.duration", labels).record(took());
}

/// A call may be repeated, or time or budget forbid it.
pub(crate) fn repeat(operation: &str, is_allowed: bool) {
    let outcome = if is_allowed { "made" } else { "refused" };
    counter!("tcb.client.repeats", "tcb.operation" => operation.to_owned(), "outcome" => outcome)
        .increment(1);
}
