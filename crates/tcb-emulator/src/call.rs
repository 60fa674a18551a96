//! One call of a WeChat operation: the checks that all operations share, in one place and driven by
//! the catalogue.

use serde_json::{Map, Value, json};
use tcb_catalogue::{Catalogue, FindingKind as Mismatch, Operation, TokenKind};

use crate::assumption::CancelledToken;
use crate::record::{Finding, FindingKind};
use crate::request::Request;
use crate::state::{Account, Owner, State};
use crate::time::UnixTime;

/// What an operation answers: the members of its answer, or a refusal.
pub(crate) type CallAnswer = Result<Value, Refusal>;

/// An operation that the emulator carries out.
pub(crate) struct Built {
    /// The official id.
    pub(crate) id: &'static str,
    pub(crate) run: fn(&mut Call<'_>) -> CallAnswer,
}

/// An `errcode` other than 0, with its text.
pub(crate) struct Refusal {
    code: i64,
    text: Option<&'static str>,
}

impl Refusal {
    /// A text of our own where the error table has none.
    pub(crate) fn saying(mut self, text: &'static str) -> Self {
        self.text = Some(text);
        self
    }
}

pub(crate) fn refusal(code: i64) -> Refusal {
    Refusal { code, text: None }
}

pub(crate) fn refuse<T>(code: i64) -> Result<T, Refusal> {
    Err(refusal(code))
}

/// A call that has passed the shared checks.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: UnixTime,
    /// Whose token the call carries; nobody's where it takes none.
    pub(crate) caller: Option<Owner>,
    body: Map<String, Value>,
}

impl Call<'_> {
    /// A text member. The shared checks have seen to it that a required one is there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        self.body.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    /// A text member that may not be empty.
    pub(crate) fn filled_text(&self, name: &str) -> Result<String, Refusal> {
        let text = self.text(name);
        if text.is_empty() { refuse(40097) } else { Ok(text) }
    }

    /// A member that is required under a condition that the catalogue only holds as text.
    pub(crate) fn needed(&self, name: &str) -> Result<&Value, Refusal> {
        self.body.get(name).ok_or_else(|| refusal(40101))
    }

    /// A number that may not be negative.
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let number = self.body.get(name).and_then(Value::as_i64);
        number.map(|number| usize::try_from(number).map_err(|_| refusal(40097))).transpose()
    }

    /// The appid behind the merchant's token.
    pub(crate) fn authorizer(&self) -> Result<String, Refusal> {
        match &self.caller {
            Some(Owner::Account { authorizer, .. }) => Ok(authorizer.clone()),
            _ => refuse(61015),
        }
    }

    /// The account behind the merchant's token.
    pub(crate) fn account(&mut self) -> Result<&mut Account, Refusal> {
        let authorizer = self.authorizer()?;
        self.state.accounts.get_mut(&authorizer).ok_or_else(|| refusal(40013))
    }

    /// The account behind the merchant's token, with cloud development open.
    pub(crate) fn cloud_account(&mut self) -> Result<&mut Account, Refusal> {
        let account = self.account()?;
        if account.opened { Ok(account) } else { refuse(85088) }
    }
}

/// The members of an answer together with `errcode` 0 and its text. Token calls leave those two out
/// and do not use this.
pub(crate) fn success(members: Value) -> Value {
    let mut answer = json!({"errcode": 0, "errmsg": "ok"});
    if let (Some(answer), Value::Object(members)) = (answer.as_object_mut(), members) {
        answer.extend(members);
    }
    answer
}

/// Carries a call out and writes the answer.
pub(crate) fn execute(state: &mut State, operation: &Operation, built: &Built, request: &Request) -> Value {
    let body = serde_json::from_slice(&request.body).ok();
    let answer = checked(state, operation, request, body.as_ref()).and_then(|(caller, members)| {
        let now = state.now();
        (built.run)(&mut Call { state, now, caller, body: members })
    });
    let answer = match answer {
        Ok(answer) => {
            *state.counters.executed.entry(operation.id.clone()).or_default() += 1;
            if state.validation {
                record_request(state, operation, request, body.as_ref());
            }
            answer
        }
        Err(refusal) => {
            let codes = state.counters.refused.entry(operation.id.clone()).or_default();
            *codes.entry(refusal.code).or_default() += 1;
            write_refusal(state, &refusal)
        }
    };
    if state.validation {
        for mismatch in operation.check_answer(&answer) {
            record(state, FindingKind::Answer, request, mismatch.to_string());
        }
    }
    answer
}

/// A refusal as WeChat words it, with a request id at the end.
pub(crate) fn write_refusal(state: &mut State, refusal: &Refusal) -> Value {
    let known = || Catalogue::get().error(refusal.code).and_then(|fact| fact.message.as_deref());
    let text = refusal.text.or_else(known).unwrap_or_default();
    json!({"errcode": refusal.code, "errmsg": format!("{text} rid: {}", state.seed.rid())})
}

pub(crate) fn record(state: &mut State, kind: FindingKind, request: &Request, detail: String) {
    state.findings.push(Finding { kind, path: request.path.clone(), detail });
}

fn record_request(state: &mut State, operation: &Operation, request: &Request, body: Option<&Value>) {
    let query: Vec<_> = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for mismatch in operation.check_request(&query, body.unwrap_or(&Value::Null)) {
        record(state, FindingKind::Request, request, mismatch.to_string());
    }
}

/// The shared checks, in the order in which they win over each other.
fn checked(
    state: &State,
    operation: &Operation,
    request: &Request,
    body: Option<&Value>,
) -> Result<(Option<Owner>, Map<String, Value>), Refusal> {
    if request.method.as_str() != operation.method.as_str() {
        return refuse(43002);
    }
    let caller = caller(state, operation, request)?;
    if request.body.is_empty() {
        return refuse(44002);
    }
    let members = members(operation, body, state.validation)?;
    if let Some(Owner::Component(component)) = &caller {
        named_component(state, component, &members)?;
    }
    Ok((caller, members))
}

/// The text of the token. Component calls take it under the old name as well.
fn token<'a>(operation: &Operation, request: &'a Request) -> Option<&'a str> {
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
    let token = state.tokens.get(value).ok_or_else(|| refusal(40001))?;
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

/// The members of the body, if they have the documented types and values; without `validation` any
/// object does.
fn members(
    operation: &Operation,
    body: Option<&Value>,
    validation: bool,
) -> Result<Map<String, Value>, Refusal> {
    let body = body.ok_or_else(|| refusal(47001))?;
    let mismatches = if validation { operation.check_request(&[], body) } else { Vec::new() };
    let found: Vec<Mismatch> = mismatches.into_iter().map(|mismatch| mismatch.kind).collect();
    let any = |matches: fn(&Mismatch) -> bool| found.iter().any(matches);
    if any(|kind| matches!(kind, Mismatch::WrongType { .. })) {
        return refuse(47001);
    }
    if any(|kind| matches!(kind, Mismatch::Missing)) {
        return refuse(40101);
    }
    if any(|kind| matches!(kind, Mismatch::NotInEnum | Mismatch::NotBase64 | Mismatch::NotJson)) {
        return refuse(40097);
    }
    body.as_object().cloned().ok_or_else(|| refusal(47001))
}

/// A component call names the platform in its body as well; it has to be the token's.
fn named_component(state: &State, component: &str, members: &Map<String, Value>) -> Result<(), Refusal> {
    match members.get("component_appid").and_then(Value::as_str) {
        Some(named) if !state.components.contains_key(named) => refuse(40013),
        Some(named) if named != component => refuse(61011),
        _ => Ok(()),
    }
}
