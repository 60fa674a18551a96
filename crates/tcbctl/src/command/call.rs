//! `tcbctl call`: any operation of the catalogue.

mod class;
mod request;

use std::fmt::Write as _;

use serde_json::{Value, json};
use tcb_api::{RawCall, RawResponse};
use tcb_catalogue::{Method, Operation, TokenKind};
use tcb_types::{Class, TokenKinds};

use crate::backend::Backend;
use crate::cli::{As, CallArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Watch;
use crate::masking;
use crate::output::Output;
use crate::report::Report;
use crate::session::Session;
use crate::settings::TokenOwner;
use request::CallRequest;

pub(super) async fn call(
    call: &CallArgs,
    backend: Backend,
    output: Output,
    watch: &Watch,
) -> Result<Exit, Box<Failure>> {
    let operation = call.operation;
    let request = CallRequest::read(call)?;
    request.check(operation)?;
    let owner = token_owner(operation, call.token_of)?;
    let class = match (call.read, call.idempotent) {
        (true, _) => Class::Read,
        (_, true) => Class::Idempotent,
        _ => class::of(operation),
    };
    if call.dry_run {
        return Ok(output.report(&preview(request, operation, owner, class, call.show_secrets)));
    }

    let session = Session::open(owner, backend, output, watch).await?;
    if class == Class::NotRepeatable {
        let look = format!("read the state back before you call it again; tcbctl explain {}", operation.id);
        // A call without a type goes by its path.
        watch.creating(&operation.path, look);
    }
    let answer = session.client.call_raw::<Value>(raw(&request, operation, class)).await;
    watch.created();
    let report = session.report("call").field("operation", operation.id.as_str());
    session.close().await;
    match answer {
        Ok(answer) => Ok(output.report(&show(report, operation, answer, call.show_secrets))),
        Err(error) => Err(error.into()),
    }
}

/// Whose token the call carries.
fn token_owner(operation: &Operation, asked_for: Option<As>) -> Result<TokenOwner, Box<Failure>> {
    let takes = |kind| operation.token.kinds.contains(&kind);
    let (merchant, platform) = (takes(TokenKind::Authorizer), takes(TokenKind::Component));
    match asked_for {
        None | Some(As::Merchant) if merchant => Ok(TokenOwner::Merchant),
        None | Some(As::Platform) if platform => Ok(TokenOwner::Platform),
        None => Ok(TokenOwner::Nobody),
        Some(_) => {
            let token = words(operation);
            let message = format!("{} takes {token}; nothing was sent", operation.id);
            Err(Failure::new(Exit::Usage, "token_kind", message).hint("leave --as out"))
        }
    }
}

fn words(operation: &Operation) -> &'static str {
    match tokens(operation) {
        TokenKinds::Authorizer => "the merchant's token",
        TokenKinds::Component => "the platform's token",
        TokenKinds::Either => "either token",
        TokenKinds::None => "no token",
    }
}

fn tokens(operation: &Operation) -> TokenKinds {
    let takes = |kind| operation.token.kinds.contains(&kind);
    match (takes(TokenKind::Authorizer), takes(TokenKind::Component)) {
        (true, true) => TokenKinds::Either,
        (true, false) => TokenKinds::Authorizer,
        (false, true) => TokenKinds::Component,
        (false, false) => TokenKinds::None,
    }
}

fn raw(request: &CallRequest, operation: &Operation, class: Class) -> RawCall {
    let call = match operation.method {
        Method::Get => RawCall::get(operation.path.as_str()),
        _ => RawCall::post(operation.path.as_str()).body(&request.body),
    };
    let call = match class {
        Class::Read => call.read(),
        Class::Idempotent => call.idempotent(),
        Class::NotRepeatable => call,
    };
    let mut call = call.token(tokens(operation));
    for (_, secret) in masking::secrets(&operation.id, &request.body) {
        call = call.secret(secret);
    }
    if operation.response.iter().any(holds_a_secret) {
        call = call.secret_response();
    }
    request.query.iter().fold(call, |call, (name, value)| call.query(name, value))
}

/// What would be sent.
fn preview(
    request: CallRequest,
    operation: &Operation,
    owner: TokenOwner,
    class: Class,
    show_secrets: bool,
) -> Report {
    let CallRequest { query, mut body } = request;
    let masked = if show_secrets { 0 } else { masking::mask(&operation.id, &mut body) };
    let pairs = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
    let text = if body.is_null() { String::new() } else { format!("{body:#}") };
    let owner = match owner {
        TokenOwner::Merchant => "merchant",
        TokenOwner::Platform => "platform",
        TokenOwner::Nobody => "nobody",
    };
    let query: Vec<Value> =
        query.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let report = Report::new("call")
        .field("operation", operation.id.as_str())
        .field("dry_run", true)
        .field("method", operation.method.as_str())
        .field("path", operation.path.as_str())
        .field("token_of", owner)
        .field("class", class::words(class))
        .field_as("query", query, pairs)
        .field_as("body", body, text);
    hint(report, masked)
}

fn show(report: Report, operation: &Operation, answer: RawResponse<Value>, show_secrets: bool) -> Report {
    let is_odd = !answer.has_errcode && !operation.answers_without_errcode();
    let mut answer = answer.value;
    let masked = if show_secrets { 0 } else { masking::mask(&operation.id, &mut answer) };
    let mut rows = Vec::new();
    flatten(&answer, String::new(), &mut rows);
    let report = rows.into_iter().fold(report, |report, (path, text)| report.row(path, text));
    let mut report = hint(report.member("answer", answer), masked);
    if is_odd {
        report.hint = Some("there is no errcode in it, so WeChat may not be who answered".to_owned());
    }
    report
}

fn hint(mut report: Report, masked: usize) -> Report {
    report.hint = (masked > 0).then(|| "secrets are masked; --show-secrets prints them".to_owned());
    report
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
fn plain(text: &str) -> String {
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

/// Whether a member of an answer, or one inside it, is a secret.
fn holds_a_secret(field: &tcb_catalogue::Field) -> bool {
    let items = std::iter::successors(field.items.as_deref(), |item| item.items.as_deref());
    field.secret || field.fields.iter().chain(items.flat_map(|item| &item.fields)).any(holds_a_secret)
}
