//! Customer-service messages (`/cgi-bin/message/custom/send`), which the release check waits for.
//! The catalogue does not have the call, so it is checked here, and only for texts.

use serde_json::{Value, json};

use crate::record::CustomerMessage;
use crate::refusal::{Refusal, refusal};
use crate::request::Request;
use crate::state::{Owner, State};

pub(crate) const PATH: &str = "/cgi-bin/message/custom/send";

/// Takes a message in, and answers.
pub(crate) fn answer(state: &mut State, request: &Request, rid: &str) -> Value {
    match message(state, request) {
        Ok(message) => {
            state.customer_messages.push(message);
            json!({"errcode": 0, "errmsg": "ok"})
        }
        Err(refusal) => refusal.write(rid),
    }
}

fn message(state: &State, request: &Request) -> Result<CustomerMessage, Refusal> {
    if request.method != http::Method::POST {
        return Err(refusal(43002));
    }
    let account = account(state, request.parameter("access_token").ok_or_else(|| refusal(41001))?)?;
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| refusal(47001))?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let to = text("/touser").ok_or_else(|| refusal(40003))?;
    if text("/msgtype") != Some("text") {
        return Err(refusal(40008).saying("the emulator takes messages of the type `text` alone"));
    }
    let content = text("/text/content").ok_or_else(|| refusal(44004))?;
    Ok(CustomerMessage { account, to: to.to_owned(), text: content.to_owned() })
}

/// Whose token it is, if it is a merchant's and good.
fn account(state: &State, value: &str) -> Result<String, Refusal> {
    let token = state.tokens.get(value).ok_or_else(|| refusal(40001))?;
    if state.is_replaced(token) {
        return Err(refusal(40001));
    }
    if token.is_expired(state.now()) {
        return Err(refusal(42001));
    }
    match &token.owner {
        Owner::Account { authorizer, .. } => Ok(authorizer.clone()),
        Owner::Component(_) => Err(refusal(61015)),
    }
}
