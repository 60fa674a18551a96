//! The checks that all operations share, in one place and driven by the catalogue.

use serde_json::{Map, Value};
use tcb_catalogue::{Finding as Mismatch, FindingKind, Location, Method, Operation, TokenKind};

use crate::assumption::{CancelledToken, EmptyRule, EscapedText, Variants as _};
use crate::body::{has_unicode_escape, repeated_members};
use crate::refusal::{Check, Refusal, refusal};
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
        let code = if operation.method == Method::Get { 43001 } else { 43002 };
        return Err(refusal(code).by(Check::Method, format!("it takes {} alone", operation.method)));
    }
    let caller = caller(state, operation, request)?;
    if operation.method == Method::Get {
        count(state, operation, caller.as_ref(), &Map::new())?;
        return Ok(Checked { caller, members: Map::new() });
    }
    if request.body.is_empty() {
        return Err(refusal(44002).by(Check::Body, "the body is empty"));
    }
    let members = if has_raw_body(operation) {
        fit(state, operation, request, Some(&Value::Object(Map::new())))?;
        Map::new()
    } else {
        is_json(state, operation, request, body)?;
        fit(state, operation, request, body)?;
        let no_object = || refusal(47001).by(Check::Body, "the body is no JSON object");
        let members = body.and_then(Value::as_object).cloned().ok_or_else(no_object)?;
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
    let bad = |code: i64, why: &'static str| refusal(code).by(Check::Token, why);
    let value = token(operation, request).ok_or_else(|| bad(41001, "there is no token"))?;
    let token = state.tokens.get(value).ok_or_else(|| unknown_token(state, value))?;
    if state.is_replaced(token) {
        return Err(bad(40001, "a newer token has replaced it"));
    }
    if token.is_expired(state.now()) {
        return Err(bad(42001, "the token has run out"));
    }
    match &token.owner {
        Owner::Component(_) if !kinds.contains(&TokenKind::Component) => {
            return Err(bad(61015, "the token is the platform's, and a merchant's is needed"));
        }
        Owner::Account { .. } if !kinds.contains(&TokenKind::Authorizer) => {
            return Err(bad(61014, "the token is a merchant's, and the platform's is needed"));
        }
        Owner::Component(_) => {}
        Owner::Account { component, authorizer } => permitted(state, operation, component, authorizer)?,
    }
    Ok(Some(token.owner.clone()))
}

/// The refusal of a token that is not known, or not any more.
fn unknown_token(state: &State, value: &str) -> Refusal {
    match (can_be_a_token(value), state.tokens.history(value)) {
        (false, _) => refusal(40014).by(Check::Token, "the text cannot be a token"),
        (true, Some(_)) => refusal(40001).by(Check::Token, "newer tokens have replaced it"),
        (true, None) => refusal(40001).by(Check::Token, "the emulator knows of no such token"),
    }
}

/// Refuses a call for an account that has cancelled, or not granted what the operation needs.
fn permitted(state: &State, operation: &Operation, component: &str, authorizer: &str) -> Result<(), Refusal> {
    let key = (component.to_owned(), authorizer.to_owned());
    let granted = state.authorizations.get(&key).filter(|authorization| authorization.standing);
    let Some(granted) = granted else {
        let code = if state.assumptions.is(CancelledToken::Code61003) { 61003 } else { 40001 };
        return Err(refusal(code).by(Check::Permission, "the merchant has cancelled its authorisation"));
    };
    let needed = &operation.permission_sets;
    if needed.is_empty() || needed.iter().any(|set| granted.permission_sets.contains(set)) {
        return Ok(());
    }
    let why =
        format!("it needs one of the permission sets {needed:?}; granted are {:?}", granted.permission_sets);
    Err(refusal(61007).by(Check::Permission, why))
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
    if state.quotas.count(account, &operation.path, now) {
        return Ok(());
    }
    let limit = state.quotas.limit(&operation.path);
    Err(refusal(45009).by(Check::Quota, format!("{account} has made its {limit} calls of this day")))
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
        let code = if operation.family() == "open-account" { -1 } else { 47001 };
        return Err(refusal(code).by(Check::Body, "the body is no JSON"));
    }
    if state.validation && has_unicode_escape(&request.body) {
        let code = if state.assumptions.is(EscapedText::Code47002) { 47002 } else { 40033 };
        return Err(
            refusal(code).by(Check::Body, "it has an escape \\uXXXX; write the characters themselves")
        );
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
    let wrong = |code: i64, found: &Mismatch| refusal(code).by(Check::Members, found.to_string());
    if let Some(mistyped) = any(|kind| matches!(kind, FindingKind::WrongType { .. })) {
        return Err(wrong(47001, mistyped));
    }
    if let Some(missing) = any(|kind| matches!(kind, FindingKind::Missing)) {
        return Err(wrong(missing_code(operation, &missing.path), missing));
    }
    let is_wrong = |kind: &FindingKind| {
        matches!(kind, FindingKind::NotInEnum | FindingKind::NotBase64 | FindingKind::NotJson)
    };
    match any(is_wrong) {
        Some(found) => Err(wrong(wrong_code(operation, &found.path), found)),
        None => Ok(()),
    }
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
    let has_one =
        |(_, value): &(&String, &Value)| value.as_str().is_some_and(|text| text.contains(char::is_control));
    match members.iter().filter(is_name).find(has_one) {
        Some((name, _)) => {
            Err(refusal(40097).by(Check::Members, format!("{name}: a control character in a name")))
        }
        None => Ok(()),
    }
}

/// A component call names the platform in its body as well; it has to be the token's.
fn named_component(state: &State, component: &str, members: &Map<String, Value>) -> Result<(), Refusal> {
    match members.get("component_appid").and_then(Value::as_str) {
        Some(named) if !state.components.contains_key(named) => {
            Err(refusal(40013).by(Check::Platform, "the body names a platform that is not known"))
        }
        Some(named) if named != component => {
            Err(refusal(61011).by(Check::Platform, "the body names another platform than the token's"))
        }
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
