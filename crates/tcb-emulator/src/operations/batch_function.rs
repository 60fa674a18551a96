//! Cloud functions in environments of the platform, in several at once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::function::{exists, function, listed};
use crate::assumption::{FunctionExists, Triggers};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};

/// Bytes that an archive may have.
const LARGEST: usize = 20 * 1024 * 1024;

/// Functions on a page when a call names no number.
const PAGE: usize = 20;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (name, code) = (call.filled_text("functionname")?, archive(call)?);
    let repeat_is_fine = call.state.assumptions.is(FunctionExists::Success);
    let now = call.now;
    let failures = in_each_environment(call, |call, env| {
        let functions = &mut call.environment(env)?.functions;
        match functions.get_mut(&name) {
            Some(_) if repeat_is_fine => {}
            Some(_) => return Err(exists()),
            None => functions.add(name.clone(), now),
        }
        call.state.put_code(env, &name, code.clone());
        Ok(())
    })?;
    Ok(success(json!({"fail_env_list": failed(failures, "errmsg")})))
}

pub(super) fn upload_code(call: &mut Call<'_>) -> CallAnswer {
    let (name, code, now) = (call.filled_text("functionname")?, archive(call)?, call.now);
    let failures = in_each_environment(call, |call, env| {
        function(call, env, &name)?.modified = now;
        call.state.put_code(env, &name, code.clone());
        Ok(())
    })?;
    Ok(success(json!({"fail_list": failed(failures, "errormsg")})))
}

fn archive(call: &Call<'_>) -> Result<Bytes, Refusal> {
    let code = STANDARD.decode(call.text("zipfile")).map_err(|_| refusal(40097))?;
    if code.len() > LARGEST { refuse(40097) } else { Ok(code.into()) }
}

/// Does something in all environments that the call names, and returns where it failed, and why.
fn in_each_environment(
    call: &mut Call<'_>,
    work: impl Fn(&mut Call<'_>, &str) -> Result<(), Refusal>,
) -> Result<Vec<(String, Refusal)>, Refusal> {
    call.environments()?;
    let mut failures = Vec::new();
    for env in call.texts("envs") {
        if let Err(refusal) = work(call, &env) {
            failures.push((env, refusal));
        }
    }
    Ok(failures)
}

/// The list of failures; the name of its text differs from call to call.
fn failed(failures: Vec<(String, Refusal)>, text: &str) -> Vec<Value> {
    failures.into_iter().map(|(env, refusal)| json!({"env": env, text: refusal.text()})).collect()
}

pub(super) fn configure(call: &mut Call<'_>) -> CallAnswer {
    let (env, name, now) = (call.text("env"), call.filled_text("functionname")?, call.now);
    let memory = call.member("memorysize").and_then(Value::as_i64);
    let is_step = |memory: i64| memory == 64 || ((128..=3072).contains(&memory) && memory % 128 == 0);
    let timeout = call.member("timeout").and_then(Value::as_i64);
    if memory.is_some_and(|memory| !is_step(memory))
        || timeout.is_some_and(|timeout| !(1..=900).contains(&timeout))
    {
        return refuse(40097);
    }
    let names = ["memorysize", "timeout", "environment_variables", "public_net_config", "vpc_config"];
    let set: Vec<(String, Value)> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), call.member(name)?.clone()))).collect();
    let function = function(call, &env, &name)?;
    function.settings.extend(set);
    function.modified = now;
    Ok(success(json!({})))
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let (env, key, (offset, limit)) = (call.text("env"), call.text("searchkey"), call.page(PAGE)?);
    let mut functions = listed(call, &env)?;
    functions.retain(|function| function["name"].as_str().is_some_and(|name| name.contains(&key)));
    let total = functions.len();
    let page = functions.into_iter().skip(offset).take(limit).map(|mut function| {
        function["status_reason"] = json!([]);
        function
    });
    let page: Vec<Value> = page.collect();
    Ok(success(json!({"total_count": total, "functions": page})))
}

pub(super) fn delete(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("functionname")?);
    function(call, &env, &name)?;
    call.environment(&env)?.functions.remove(&name);
    call.state.remove_code(&env, &name);
    Ok(success(json!({})))
}

pub(super) fn triggers(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("funcname")?);
    let triggers = function(call, &env, &name)?.triggers.iter().map(|trigger| {
        let mut answered = trigger.clone();
        // Sent as `Timer`, answered in lower case.
        answered["type"] = json!("timer");
        answered
    });
    let triggers: Vec<Value> = triggers.collect();
    Ok(success(json!({"triggers": triggers})))
}

pub(super) fn update_triggers(call: &mut Call<'_>) -> CallAnswer {
    let (name, sent) = (call.filled_text("funcname")?, call.list("triggers"));
    let replaces = call.state.assumptions.is(Triggers::Replaced);
    let fields = |trigger: &Value| trigger["config"].as_str().map_or(0, |config| config.split(' ').count());
    if sent.iter().any(|trigger| fields(trigger) != 7) {
        return refuse(40097);
    }
    let failures = in_each_environment(call, |call, env| {
        let triggers = &mut function(call, env, &name)?.triggers;
        triggers
            .retain(|known| !replaces && sent.iter().all(|new| new["trigger_name"] != known["trigger_name"]));
        triggers.extend(sent.iter().cloned());
        Ok(())
    })?;
    Ok(success(json!({"err_list": failed(failures, "errmsg")})))
}
