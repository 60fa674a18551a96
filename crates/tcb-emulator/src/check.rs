//! The checks that all operations share, in one place and driven by the catalogue.

use serde_json::{Map, Value};
use tcb_catalogue::{Finding as Mismatch, FindingKind, Location, Method, Operation, TokenKind};

use crate::assumption::{CancelledToken, EmptyRule, EscapedText, Variants as _};
use crate::body::{has_unicode_escape, repeated_members};
use crate::refusal::{Refusal, refusal, refuse};
use crate::request::Request;
use crate::state::{Owner, State};

/// The query parameters that can carry a token.
const TOKEN_PARAMETERS: [&str; 3] = ["access_token", "component_access_token", "cloudbase_access_token"];

/// Members whose text is the caller's own and may hold anything.
const FREE_TEXT: [&str; 6] = ["query", "content", "config", "data", "rule", "zipfile"];

/// A call that has passed: whose token it carries, if any, and its members.
pub(crate) struct Checked {
    pub(crate) caller: Option<Owner>,
    pub(crate) members: Map<String, Value>,
}

/// The checks, in the order in which they win over each other.
pub(crate) fn check(
    state: &mut State,
    operation: &Operation,
    request: &Request,
    body: Option<&Value>,
) -> Result<Checked, Refusal> {
    if request.method.as_str() != operation.method.as_str() {
        return refuse(if operation.method == Method::Get { 43001 } else { 43002 });
    }
    let caller = caller(state, operation, request)?;
    if operation.method == Method::Get {
        count(state, operation, caller.as_ref(), &Map::new())?;
        return Ok(Checked { caller, members: Map::new() });
    }
    if request.body.is_empty() {
        return refuse(44002);
    }
    let members = if has_raw_body(operation) {
        fit(state, operation, request, Some(&Value::Object(Map::new())))?;
        Map::new()
    } else {
        is_json(state, operation, request, body)?;
        fit(state, operation, request, body)?;
        let members = body.and_then(Value::as_object).cloned().ok_or_else(|| refusal(47001))?;
        if state.validation {
            no_control_characters(&members)?;
        }
        members
    };
    if let Some(Owner::Component(component)) = &caller {
        named_component(state, component, &members)?;
    }
    count(state, operation, caller.as_ref(), &members)?;
    Ok(Checked { caller, members })
}

/// Whether the body is a text of the caller's own.
pub(crate) fn has_raw_body(operation: &Operation) -> bool {
    operation.request.iter().any(|field| field.location == Location::RawBody)
}

/// The text of the token. Component calls take it under the old name as well.
pub(crate) fn token<'a>(operation: &Operation, request: &'a Request) -> Option<&'a str> {
    let old_name = operation.token.kinds.contains(&TokenKind::Component);
    let named = operation.token.query.as_deref().and_then(|name| request.parameter(name));
    named.or_else(|| old_name.then(|| request.parameter("component_access_token")).flatten())
}

/// Whose token it is, if it is good for this operation.
fn caller(state: &State, operation: &Operation, request: &Request) -> Result<Option<Owner>, Refusal> {
    let kinds = &operation.token.kinds;
    if kinds.contains(&TokenKind::None) {
        return Ok(None);
    }
    let value = token(operation, request).ok_or_else(|| refusal(41001))?;
    let unknown = || refusal(if can_be_a_token(value) { 40001 } else { 40014 });
    let token = state.tokens.get(value).ok_or_else(unknown)?;
    if token.is_replaced(state.now(), state.overlap_of(&token.owner)) {
        return refuse(40001);
    }
    if token.is_expired(state.now()) {
        return refuse(42001);
    }
    match &token.owner {
        Owner::Component(_) if !kinds.contains(&TokenKind::Component) => return refuse(61015),
        Owner::Account { .. } if !kinds.contains(&TokenKind::Authorizer) => return refuse(61014),
        Owner::Component(_) => {}
        Owner::Account { component, authorizer } => {
            let key = (component.clone(), authorizer.clone());
            let granted = state.authorizations.get(&key).filter(|authorization| authorization.standing);
            let Some(granted) = granted else {
                return refuse(if state.assumptions.is(CancelledToken::Code61003) { 61003 } else { 40001 });
            };
            let needed = &operation.permission_sets;
            if !needed.is_empty() && !needed.iter().any(|set| granted.permission_sets.contains(set)) {
                return refuse(61007);
            }
        }
    }
    Ok(Some(token.owner.clone()))
}

/// Whether a text looks like the access tokens that are seen in public: a number, `_` and a long
/// text of letters, digits, `-` and `_`.
fn can_be_a_token(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let parts = text.split_once('_');
    parts.is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && rest.len() >= 100
            && rest.bytes().all(is_plain)
    })
}

/// Counts the call, unless those of the day are used up.
fn count(
    state: &mut State,
    operation: &Operation,
    caller: Option<&Owner>,
    members: &Map<String, Value>,
) -> Result<(), Refusal> {
    let named = || members.get("component_appid").and_then(Value::as_str);
    let Some(account) = caller.map(Owner::identity).or_else(named) else { return Ok(()) };
    let now = state.now();
    if state.quotas.count(account, &operation.path, now) { Ok(()) } else { refuse(45009) }
}

/// Refuses a body that is no JSON, or is written as WeChat does not read it.
fn is_json(
    state: &State,
    operation: &Operation,
    request: &Request,
    body: Option<&Value>,
) -> Result<(), Refusal> {
    if body.is_none() {
        // A form was seen to be answered so by the calls of open-platform accounts.
        return refuse(if operation.family() == "open-account" { -1 } else { 47001 });
    }
    if state.validation && has_unicode_escape(&request.body) {
        return refuse(if state.assumptions.is(EscapedText::Code47002) { 47002 } else { 40033 });
    }
    Ok(())
}

/// Refuses what does not have the documented members, types and values; without `validation`
/// everything fits.
fn fit(state: &State, operation: &Operation, request: &Request, body: Option<&Value>) -> Result<(), Refusal> {
    if !state.validation {
        return Ok(());
    }
    let found = mismatches(state, operation, request, body);
    let any = |matches: fn(&FindingKind) -> bool| found.iter().find(|found| matches(&found.kind));
    if any(|kind| matches!(kind, FindingKind::WrongType { .. })).is_some() {
        return refuse(47001);
    }
    if let Some(missing) = any(|kind| matches!(kind, FindingKind::Missing)) {
        return refuse(missing_code(operation, &missing.path));
    }
    let is_wrong = |kind: &FindingKind| {
        matches!(kind, FindingKind::NotInEnum | FindingKind::NotBase64 | FindingKind::NotJson)
    };
    if let Some(wrong) = any(is_wrong) {
        return refuse(wrong_code(operation, &wrong.path));
    }
    Ok(())
}

/// What a request has that the catalogue does not.
fn mismatches(
    state: &State,
    operation: &Operation,
    request: &Request,
    body: Option<&Value>,
) -> Vec<Mismatch> {
    let query: Vec<_> = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = body.unwrap_or(&Value::Null);
    let mut found = operation.check_request(&query, body);
    if state.assumptions.is(EmptyRule::Accepted) {
        found.retain(|mismatch| !is_empty_rule(operation, mismatch, body));
    }
    found
}

/// Whether the text that is no JSON is one that needs to say nothing.
fn is_empty_rule(operation: &Operation, mismatch: &Mismatch, body: &Value) -> bool {
    EmptyRule::ASSUMPTION.operations.contains(&operation.id.as_str())
        && mismatch.kind == FindingKind::NotJson
        && body["acl_tag"] != "CUSTOM"
        && body[mismatch.path.as_str()] == ""
}

/// The code for a member that is missing: the one with its name, where the page lists that.
fn missing_code(operation: &Operation, member: &str) -> i64 {
    let own = match member {
        "component_appsecret" | "appsecret" => 41004,
        "appid" => 41002,
        _ => 40101,
    };
    if lists(operation, own) { own } else { 40101 }
}

/// The code for a value that is none of the documented ones: the one for its member, where the page
/// lists that.
fn wrong_code(operation: &Operation, member: &str) -> i64 {
    let own = match member {
        "option_name" => 61012,
        "action" => 40202,
        "check_operator" => 40203,
        _ => 40097,
    };
    if lists(operation, own) { own } else { 40097 }
}

/// Whether the page of the operation names a code.
pub(crate) fn lists(operation: &Operation, code: i64) -> bool {
    operation.errors.iter().any(|listed| listed.code == code)
}

fn no_control_characters(members: &Map<String, Value>) -> Result<(), Refusal> {
    let is_name = |(name, _): &(&String, &Value)| !FREE_TEXT.contains(&name.as_str());
    let texts = members.iter().filter(is_name).filter_map(|(_, value)| value.as_str());
    for text in texts {
        if text.contains(char::is_control) {
            return refuse(40097);
        }
    }
    Ok(())
}

/// A component call names the platform in its body as well; it has to be the token's.
fn named_component(state: &State, component: &str, members: &Map<String, Value>) -> Result<(), Refusal> {
    match members.get("component_appid").and_then(Value::as_str) {
        Some(named) if !state.components.contains_key(named) => refuse(40013),
        Some(named) if named != component => refuse(61011),
        _ => Ok(()),
    }
}

/// What is odd about a request that was carried out.
pub(crate) fn oddities(
    state: &State,
    operation: &Operation,
    request: &Request,
    body: Option<&Value>,
) -> Vec<String> {
    let empty = Value::Object(Map::new());
    let body = if has_raw_body(operation) { Some(&empty) } else { body };
    let mut found: Vec<String> =
        mismatches(state, operation, request, body).iter().map(ToString::to_string).collect();
    if has_raw_body(operation) {
        if serde_json::from_slice::<Value>(&request.body).is_err() {
            found.push("body: not JSON".to_owned());
        }
    } else {
        let repeated = repeated_members(&request.body);
        found.extend(repeated.iter().map(|name| format!("{name}: stands twice in one object")));
    }
    let names = request.query.iter().map(|(name, _)| name.as_str());
    let foreign = names.filter(|name| TOKEN_PARAMETERS.contains(name) && !takes_token_as(operation, name));
    found.extend(foreign.map(|name| format!("?{name}: a token, but the page has no such parameter")));
    found
}

/// Whether a page of the operation names this parameter for the token. Older pages of the calls
/// around authorisation have another name than the current ones.
fn takes_token_as(operation: &Operation, name: &str) -> bool {
    let Some(documented) = operation.token.query.as_deref() else { return true };
    name == documented || (name == "component_access_token" && operation.family() == "authorization")
}
