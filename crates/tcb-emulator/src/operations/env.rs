//! Cloud environments of a merchant.

use serde_json::{Value, json};

use crate::assumption::{EnvReadiness, SameAlias, UnknownEnv};
use crate::call::{Call, CallAnswer, refusal, refuse, success};
use crate::state::{CloudSettings, Environment, State};

/// Answers of getEnvInfo until a new environment is usable, where it is not at once.
const POLLS_UNTIL_READY: u32 = 3;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (alias, now) = (call.filled_text("alias")?, call.now);
    let aliases_are_unique = call.state.assumptions.is(SameAlias::Refused);
    let taken = call.cloud_account()?.environments.iter().any(|known| known.alias == alias);
    if taken && aliases_are_unique {
        return Err(refusal(-501_000).saying("Alias exists"));
    }
    let id = format!("{alias}-{}", call.state.seed.env_suffix());
    call.cloud_account()?.environments.push(Environment {
        id: id.clone(),
        alias,
        created: now,
        polls: 0,
        settings: CloudSettings::default(),
        functions: Vec::new(),
    });
    Ok(success(json!({"envid": id})))
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let only = call.optional_text("env");
    let refuse_unknown = call.state.assumptions.is(UnknownEnv::Refused);
    let start_ready = envs_start_ready(call.state);
    let account = call.cloud_account()?;
    let is_asked_for =
        |environment: &&mut Environment| only.as_ref().is_none_or(|only| environment.id == *only);
    let list: Vec<Value> = account
        .environments
        .iter_mut()
        .filter(is_asked_for)
        .map(|environment| {
            // Each look counts as one.
            environment.polls += 1;
            let status = if is_ready(environment, start_ready) { "NORMAL" } else { "UNAVAILABLE" };
            let created = environment.created.in_beijing();
            json!({
                "env": environment.id,
                "alias": environment.alias,
                "create_time": created,
                "update_time": created,
                "status": status,
                "package_id": "postpay",
                "package_name": "按量付费",
            })
        })
        .collect();
    if refuse_unknown && only.is_some() && list.is_empty() {
        return refuse(-501_005);
    }
    Ok(success(json!({"info_list": list})))
}

/// Whether new environments are usable at once.
pub(super) fn envs_start_ready(state: &State) -> bool {
    state.assumptions.is(EnvReadiness::Immediate)
}

/// Whether it takes calls.
pub(super) fn is_ready(environment: &Environment, start_ready: bool) -> bool {
    start_ready || environment.polls >= POLLS_UNTIL_READY
}
