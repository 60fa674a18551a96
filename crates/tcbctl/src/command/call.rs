//! `tcbctl call`: any operation of the catalogue.

mod request;

use std::fmt::Write as _;

use serde_json::Value;
use tcb_api::RawResponse;
use tcb_catalogue::Operation;
use tcb_types::Class;

use crate::language::say;
use crate::masking;
use crate::report::Report;
use crate::run::{Ended, Planned, Run, token_owner};
pub(crate) use request::CallArgs;
use request::CallRequest;
pub(super) use request::json_of;

pub(super) async fn call(run: &Run<'_>, call: &CallArgs) -> Ended {
    let operation = call.operation;
    let request = CallRequest::read(call)?;
    request.check(operation)?;
    let owner = token_owner(operation, call.token_of)?;
    let mut planned = Planned::new(operation, request.body);
    planned.class = match (call.read, call.idempotent) {
        (true, _) => Class::Read,
        (_, true) => Class::Idempotent,
        _ => planned.class,
    };
    planned = Planned { query: request.query, owner, show_secrets: call.show_secrets, ..planned };
    let answer = run.send("call", &planned).await?;
    let report = run.session(owner).await?.report("call").field("operation", operation.id.as_str());
    Ok(show(report, operation, answer, call.show_secrets))
}

fn show(report: Report, operation: &Operation, answer: RawResponse<Value>, show_secrets: bool) -> Report {
    let is_odd = !answer.has_errcode && !operation.answers_without_errcode();
    let mut answer = answer.value;
    let masked = if show_secrets { 0 } else { masking::mask(&operation.id, &mut answer) };
    let mut report = with_rows(report, &answer).member("answer", answer);
    report.hint = masking::hint(masked);
    if is_odd {
        report.hint = Some(say!(
            "there is no errcode in it, so WeChat may not be who answered",
            "应答中没有 errcode，可能不是微信在应答"
        ));
    }
    report
}

/// A row for each value of an answer, named by its path.
pub(super) fn with_rows(report: Report, answer: &Value) -> Report {
    let mut rows = Vec::new();
    flatten(answer, String::new(), &mut rows);
    rows.into_iter().fold(report, |report, (path, text)| report.row(path, text))
}

/// One row for each value, however deep it lies.
fn flatten(value: &Value, path: String, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(member, format!("{path}{dot}{}", plain(name)), rows);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                flatten(item, format!("{path}[{index}]"), rows);
            }
        }
        // An answer without members says only that it worked.
        Value::Object(_) if path.is_empty() => {}
        Value::String(text) => rows.push((path, plain(text))),
        other => rows.push((path, other.to_string())),
    }
}

/// Text from outside, without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, c| {
        if c.is_control() && c != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(plain, "{}", c.escape_default());
        } else {
            plain.push(c);
        }
        plain
    })
}
