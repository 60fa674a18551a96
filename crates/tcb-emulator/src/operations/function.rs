//! Cloud functions of an environment.

use serde_json::{Value, json};

use super::env::{envs_start_ready, is_ready};
use crate::assumption::FunctionExists;
use crate::call::{Call, CallAnswer, refusal, success};
use crate::state::Function;

const NO_ENV: &str = "Environment not found";

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (env, name, now) = (call.text("env"), call.filled_text("function_name")?, call.now);
    let repeat_is_fine = call.state.assumptions.is(FunctionExists::Success);
    let start_ready = envs_start_ready(call.state);
    let environment =
        call.cloud_account()?.environment(&env).ok_or_else(|| refusal(-501_000).saying(NO_ENV))?;
    if !is_ready(environment, start_ready) {
        return Err(refusal(-501_005).saying("Environment is not ready"));
    }
    let exists = environment.functions.iter().any(|known| known.name == name);
    if exists && !repeat_is_fine {
        return Err(refusal(-501_000).saying("[ResourceInUse.FunctionName] FunctionName exists"));
    }
    if !exists {
        environment.functions.push(Function { name, created: now });
    }
    Ok(success(json!({})))
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let env = call.text("env");
    let (offset, limit) = (call.count("offset")?.unwrap_or(0), call.count("limit")?.unwrap_or(usize::MAX));
    let environment =
        call.cloud_account()?.environment(&env).ok_or_else(|| refusal(-501_000).saying(NO_ENV))?;
    let functions: Vec<Value> = environment
        .functions
        .iter()
        .skip(offset)
        .take(limit)
        .map(|function| {
            let created = function.created.in_beijing();
            json!({
                "name": function.name,
                "runtime": "Nodejs8.9",
                "status": "Active",
                "add_time": created,
                "mod_time": created,
            })
        })
        .collect();
    Ok(success(json!({"total_count": environment.functions.len(), "functions": functions})))
}

pub(super) fn code_secret(call: &mut Call<'_>) -> CallAnswer {
    let fresh = call.state.seed.code_secret();
    let secret = call.cloud_account()?.code_secret.get_or_insert(fresh).clone();
    Ok(success(json!({"codesecret": secret})))
}

pub(super) fn sign_upload(call: &mut Call<'_>) -> CallAnswer {
    let hash = call.filled_text("hashed_payload")?;
    call.cloud_account()?;
    let authorizer = call.authorizer()?;
    Ok(success(json!({"headers": call.state.signed_headers(authorizer, hash)})))
}

pub(super) fn code(call: &mut Call<'_>) -> CallAnswer {
    let (env, name) = (call.text("env"), call.filled_text("function_name")?);
    let environment =
        call.cloud_account()?.environment(&env).ok_or_else(|| refusal(-501_000).saying(NO_ENV))?;
    let known = environment.functions.iter().any(|known| known.name == name);
    let code = if known { call.state.code_link(&env, &name) } else { None };
    let (url, checksum) = code.ok_or_else(|| refusal(-501_000).saying("There is no code"))?;
    Ok(success(json!({"url": url, "checksum": checksum})))
}
