//! Cloud functions of an environment.

use serde_json::{Value, json};

use crate::assumption::{FunctionExists, FunctionUnderWay, MissingFunction, UnsetConfig};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::Function;
use crate::transition::Resource;

/// `type` of the configuration that lists the APIs of cloud calls.
const CLOUD_CALLS: i64 = 1;

/// The longest and the usual time limit, in seconds, of configuration 3.
const LONGEST: i64 = 300;
const USUAL: i64 = 3;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (env, name, now) = (call.text("env"), call.filled_text("function_name")?, call.now);
    let repeat_is_fine = call.state.assumptions.is(FunctionExists::Success);
    let functions = &mut call.environment(&env)?.functions;
    match functions.get_mut(&name) {
        Some(_) if repeat_is_fine => {}
        Some(_) => return Err(exists()),
        None => functions.add(name, now),
    }
    Ok(success(json!({})))
}

pub(super) fn exists() -> Refusal {
    refusal(-501_000).saying("[ResourceInUse.FunctionName] FunctionName exists")
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let (env, (offset, limit)) = (call.text("env"), call.page(usize::MAX)?);
    let functions = listed(call, &env)?;
    let total = functions.len();
    let page: Vec<Value> = functions.into_iter().skip(offset).take(limit).collect();
    Ok(success(json!({"total_count": total, "functions": page})))
}

/// All functions of an environment as they stand in a list. Each look counts as one.
pub(super) fn listed(call: &mut Call<'_>, env: &str) -> Result<Vec<Value>, Refusal> {
    let (now, policy) = (call.now, call.state.policy(Resource::Function));
    let hides = call.state.assumptions.is(FunctionUnderWay::Absent);
    let functions = call.environment(env)?.functions.iter_mut().map(|function| {
        function.progress.look();
        json!({
            "name": function.name,
            "runtime": "Nodejs8.9",
            "status": function.status(policy, now),
            "add_time": function.created.in_beijing(),
            "mod_time": function.modified.in_beijing(),
        })
    });
    Ok(functions.filter(|function| !hides || function["status"] == "Active").collect())
}

/// A function of an environment.
pub(super) fn function<'a>(
    call: &'a mut Call<'_>,
    env: &str,
    name: &str,
) -> Result<&'a mut Function, Refusal> {
    let code = match call.state.assumptions.chosen::<MissingFunction>() {
        MissingFunction::Code501000 => -501_000,
        MissingFunction::Code501009 => -501_009,
    };
    let function = call.environment(env)?.functions.get_mut(name);
    function.ok_or_else(|| refusal(code).saying("[ResourceNotFound.Function] the function does not exist"))
}

pub(super) fn get_config(call: &mut Call<'_>) -> CallAnswer {
    let (kind, env, name) = (call.number("type"), call.text("env"), call.filled_text("function_name")?);
    let has_usual = call.state.assumptions.is(UnsetConfig::Usual);
    let config = match function(call, &env, &name)?.configs.get(&kind) {
        Some(config) => config.clone(),
        None if kind == CLOUD_CALLS || !has_usual => return refuse(85089),
        None if kind == 2 => json!({"triggers": []}).to_string(),
        None => json!({"timeout": USUAL, "environment": []}).to_string(),
    };
    Ok(success(json!({"config": config})))
}

pub(super) fn set_config(call: &mut Call<'_>) -> CallAnswer {
    let (kind, env, name) = (call.number("type"), call.text("env"), call.filled_text("function_name")?);
    let (config, now) = (call.text("config"), call.now);
    let parsed: Value = serde_json::from_str(&config).map_err(|_| refusal(40097))?;
    let timeout = parsed.get("timeout").and_then(Value::as_i64);
    if kind == 3 && timeout.is_some_and(|timeout| !(1..=LONGEST).contains(&timeout)) {
        return refuse(40097);
    }
    let function = function(call, &env, &name)?;
    function.configs.insert(kind, config);
    function.modified = now;
    Ok(success(json!({})))
}

pub(super) fn code_secret(call: &mut Call<'_>) -> CallAnswer {
    let fresh = call.state.seed.code_secret();
    let secret = call.cloud_account()?.code_secret.get_or_insert(fresh).clone();
    Ok(success(json!({"codesecret": secret})))
}

pub(super) fn sign_upload(call: &mut Call<'_>) -> CallAnswer {
    let hash = call.filled_text("hashed_payload")?;
    if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return refuse(40097);
    }
    call.cloud_account()?;
    let authorizer = call.authorizer()?;
    Ok(success(json!({"headers": call.state.signed_headers(authorizer, hash)})))
}

pub(super) fn code(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("function_name")?);
    function(call, &env, &name)?;
    let code = call.state.code_link(&env, &name);
    let (url, checksum) = code.ok_or_else(|| refusal(-501_000).saying("There is no code"))?;
    Ok(success(json!({"url": url, "checksum": checksum})))
}
