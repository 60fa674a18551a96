//! Invoking cloud functions, at once and later. What they answer is scripted.

use std::time::Duration;

use serde_json::{Value, json};

use super::function::function;
use crate::call::{Call, CallAnswer, success};
use crate::record::FindingKind;
use crate::refusal::{refusal, refuse};
use crate::script::Invocation;

/// How much later, in seconds: from six of them to thirty days.
const DELAYS: std::ops::RangeInclusive<i64> = 6..=30 * 24 * 3600;

pub(super) fn now(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.query("env"), call.query("name"));
    function(call, &env, &name)?;
    let event = String::from_utf8_lossy(&call.request.body).into_owned();
    let time = call.now.seconds();
    let invocation = Invocation { env: env.clone(), function: name.clone(), event, time, delayed: false };
    call.state.invocations.past.push(invocation);
    let Some(script) = call.state.invocations.script(&env, &name).cloned() else {
        call.find(FindingKind::NotBuilt, format!("the function {name} has no script"));
        if !call.state.has_code(&env, &name) {
            return Err(refusal(-504_002).saying("the function has no code and no script"));
        }
        return Ok(success(json!({"resp_data": stand_in(&name, call)})));
    };
    match script.errcode {
        Some(code) => refuse(code),
        None => Ok(success(json!({"resp_data": script.answer.unwrap_or_default()}))),
    }
}

/// What stands in the place of an answer of code, which the emulator does not run: the event again.
fn stand_in(name: &str, call: &Call<'_>) -> String {
    let event = String::from_utf8_lossy(&call.request.body);
    let event = serde_json::from_str::<Value>(&event).unwrap_or_else(|_| json!(event));
    json!({"emulated": name, "event": event}).to_string()
}

pub(super) fn later(call: &mut Call<'_>) -> CallAnswer {
    let (env, name, delay) =
        (call.text("env"), call.filled_text("function_name")?, call.number("delay_time"));
    if !DELAYS.contains(&delay) {
        return refuse(40097);
    }
    function(call, &env, &name)?;
    let due = call.now.plus(Duration::from_secs(delay.unsigned_abs()));
    let (event, time) = (call.text("data"), due.seconds());
    call.state.invocations.delay(due, Invocation { env, function: name, event, time, delayed: true });
    Ok(success(json!({})))
}
