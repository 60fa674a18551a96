//! One call of a WeChat operation, as the function that answers it sees it.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value, json};
use tcb_catalogue::Operation;

use crate::assumption::UnknownEnvironment;
use crate::check::{Checked, check, lists, oddities, token};
use crate::record::{Finding, FindingKind};
use crate::refusal::{Check, Refusal, refusal, refuse};
use crate::request::Request;
use crate::state::{Account, Component, Environment, Environments, Owner, State};
use crate::time::UnixTime;
use crate::trace::Outcome;
use crate::transition::Resource;

/// What an operation answers: the members of its answer, or a refusal.
pub(crate) type CallAnswer = Result<Value, Refusal>;

/// Carries an operation out.
pub(crate) type Run = fn(&mut Call<'_>) -> CallAnswer;

/// A call that has passed the shared checks.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: UnixTime,
    /// Whose token the call carries; nobody's where it takes none.
    pub(crate) caller: Option<Owner>,
    pub(crate) operation: &'static Operation,
    pub(crate) request: &'a Request,
    members: Map<String, Value>,
    /// Which of the first 64 members were read, by their places.
    read: Cell<u64>,
}

/// Members.
impl Call<'_> {
    /// A text member. The shared checks have seen to it that a required one is there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        self.member(name).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    /// A text member that may not be empty.
    pub(crate) fn filled_text(&self, name: &str) -> Result<String, Refusal> {
        let text = self.text(name);
        if text.is_empty() { refuse(40097) } else { Ok(text) }
    }

    /// A parameter of the query that is no token.
    pub(crate) fn query(&self, name: &str) -> String {
        self.request.parameter(name).unwrap_or_default().to_owned()
    }

    /// A member that is required under a condition that the catalogue only holds as text.
    pub(crate) fn needed(&self, name: &str) -> Result<&Value, Refusal> {
        self.member(name).ok_or_else(|| refusal(40101))
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        let place = self.members.keys().position(|known| known == name)?;
        self.read.set(self.read.get() | bit(place));
        self.members.get(name)
    }

    /// Members that nobody has read.
    fn unread(&self) -> Vec<String> {
        let checked = |name: &&String| *name != "component_appid";
        let unread = |(place, name)| (self.read.get() & bit(place) == 0).then_some(name);
        self.members.keys().enumerate().filter_map(unread).filter(checked).cloned().collect()
    }

    /// A member that is a list; an absent one is empty.
    pub(crate) fn list(&self, name: &str) -> Vec<Value> {
        self.member(name).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// A member that is a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.member(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.member(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// A number that may not be negative.
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let number = self.member(name).and_then(Value::as_i64);
        number.map(|number| usize::try_from(number).map_err(|_| refusal(40097))).transpose()
    }

    /// The part of a list that the members `offset` and `limit` ask for.
    pub(crate) fn page(&self, limit: usize) -> Result<(usize, usize), Refusal> {
        Ok((self.count("offset")?.unwrap_or(0), self.count("limit")?.unwrap_or(limit)))
    }
}

/// Whose call it is.
impl Call<'_> {
    /// Whose token the call carries.
    pub(crate) fn owner(&self) -> Result<Owner, Refusal> {
        self.caller.clone().ok_or_else(|| refusal(41001))
    }

    /// Whether the platform calls with its own token, in batch mode.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(self.caller, Some(Owner::Component(_)))
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

    /// The platform behind the token, with cloud development open for it.
    pub(crate) fn cloud_component(&mut self) -> Result<&mut Component, Refusal> {
        let Some(Owner::Component(component)) = &self.caller else { return refuse(61014) };
        let component = self.state.components.get_mut(component).ok_or_else(|| refusal(61011))?;
        if component.opened { Ok(component) } else { refuse(85088) }
    }

    /// The environments of the merchant, or in batch mode of the platform.
    pub(crate) fn environments(&mut self) -> Result<&mut Environments, Refusal> {
        if self.is_batch() {
            Ok(&mut self.cloud_component()?.environments)
        } else {
            Ok(&mut self.cloud_account()?.environments)
        }
    }

    /// The caller's environment with this id, if it takes calls.
    pub(crate) fn environment(&mut self, id: &str) -> Result<&mut Environment, Refusal> {
        let (now, policy) = (self.now, self.state.policy(Resource::Environment));
        let unknown = self.unknown_environment();
        let environment = self.environments()?.get_mut(id);
        let environment = environment.ok_or_else(|| refusal(unknown).saying("Environment not found"))?;
        if environment.status(policy, now) == "NORMAL" {
            Ok(environment)
        } else {
            Err(refusal(-501_005).saying("Environment is not ready"))
        }
    }

    /// The code for an environment that the caller does not have: the one that the page lists.
    fn unknown_environment(&self) -> i64 {
        let listed = [-501_005, -501_000].into_iter().find(|code| lists(self.operation, *code));
        listed.unwrap_or_else(|| match self.state.assumptions.chosen::<UnknownEnvironment>() {
            UnknownEnvironment::Code501000 => -501_000,
            UnknownEnvironment::Code501005 => -501_005,
            UnknownEnvironment::Code501009 => -501_009,
        })
    }

    /// Notes something that a test should know.
    pub(crate) fn find(&mut self, kind: FindingKind, detail: String) {
        record(self.state, kind, self.request, detail);
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

/// The bit of a member at this place. All after the 63rd share one.
fn bit(place: usize) -> u64 {
    1 << place.min(63)
}

/// Carries a call out and writes the answer, with what there is to say of it.
pub(crate) fn execute(
    state: &mut State,
    operation: &'static Operation,
    run: Run,
    request: &Request,
    rid: &str,
) -> (Value, Outcome) {
    state.settle();
    rid.clone_into(&mut state.rid);
    state.assumptions.take_consulted();
    let known_findings = state.findings.len();
    let mut outcome = Outcome::default();
    let answer = match carry_out(state, operation, run, request, &mut outcome) {
        Ok(answer) => {
            *state.counters.executed.entry(operation.id.clone()).or_default() += 1;
            outcome.errcode = Some(0);
            answer
        }
        Err(refusal) => {
            let codes = state.counters.refused.entry(operation.id.clone()).or_default();
            *codes.entry(refusal.code).or_default() += 1;
            let answer = refusal.write(rid);
            remember(state, operation, request, &answer, rid);
            note_refusal(state, operation, request, refusal, &mut outcome);
            answer
        }
    };
    if state.validation {
        for mismatch in operation.check_answer(&answer) {
            record(state, FindingKind::Answer, request, mismatch.to_string());
        }
    }
    outcome.assumptions = state.assumptions.take_consulted();
    outcome.findings = state.findings[known_findings..].iter().map(ToString::to_string).collect();
    (answer, outcome)
}

fn carry_out(
    state: &mut State,
    operation: &'static Operation,
    run: Run,
    request: &Request,
    outcome: &mut Outcome,
) -> CallAnswer {
    let body = serde_json::from_slice(&request.body).ok();
    let Checked { caller, members } = check(state, operation, request, body.as_ref())?;
    outcome.caller = caller.as_ref().map(|caller| caller.identity().to_owned());
    let (now, read) = (state.now(), Cell::new(0));
    let mut call = Call { state, now, caller, operation, request, members, read };
    let answer = run(&mut call)?;
    outcome.unread = call.unread();
    if state.validation {
        for oddity in oddities(state, operation, request, body.as_ref()) {
            record(state, FindingKind::Request, request, oddity);
        }
    }
    Ok(answer)
}

/// Notes why a call was refused and, if it was for its token, what became of that.
fn note_refusal(
    state: &State,
    operation: &Operation,
    request: &Request,
    refusal: Refusal,
    outcome: &mut Outcome,
) {
    let value = token(operation, request).unwrap_or_default();
    if refusal.check == Check::Token {
        outcome.token = state.tokens.history(value);
    }
    let owner = || state.tokens.get(value).map(|token| token.owner.identity().to_owned());
    outcome.caller = outcome.caller.take().or_else(owner);
    outcome.errcode = Some(refusal.code);
    outcome.refused_by = Some(refusal.check);
    outcome.why = refusal.why.map(Cow::into_owned);
}

/// Keeps a refused request for getRidInfo.
fn remember(state: &mut State, operation: &Operation, request: &Request, answer: &Value, rid: &str) {
    let owner = token(operation, request).and_then(|value| state.tokens.get(value));
    let account = owner.map(|token| token.owner.identity().to_owned());
    let now = state.now();
    state.requests.remember(rid.to_owned(), account, request, answer, now);
}

pub(crate) fn record(state: &mut State, kind: FindingKind, request: &Request, detail: String) {
    state.findings.push(Finding { kind, path: request.path.clone(), detail });
}
