//! Cloud environments of a merchant, and in batch mode of the platform.

use serde_json::{Value, json};

use crate::assumption::{SameAlias, UnknownEnv};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{refusal, refuse};
use crate::state::Environment;
use crate::transition::Resource;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let alias = call.filled_text("alias")?;
    let aliases_are_unique = call.state.assumptions.is(SameAlias::Refused);
    let taken = call.environments()?.iter().any(|known| known.alias == alias);
    if taken && aliases_are_unique {
        return Err(refusal(-501_000).saying("Alias exists"));
    }
    let environment = new(call, alias);
    let answer = success(json!({"envid": environment.id}));
    call.environments()?.add(environment);
    Ok(answer)
}

/// The environment is set up by the first list that shows it.
pub(super) fn create_shared(call: &mut Call<'_>) -> CallAnswer {
    let alias = call.filled_text("alias")?;
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if !alias.starts_with(|first: char| first.is_ascii_alphabetic()) || !alias.chars().all(is_allowed) {
        return refuse(40097);
    }
    call.environments()?;
    let mut environment = new(call, alias);
    environment.needs_look = true;
    let order = format!("{}{}", &call.now.iso()[..10].replace('-', ""), call.state.seed.order());
    let answer = success(json!({"env": environment.id, "tranid": order}));
    call.environments()?.add(environment);
    Ok(answer)
}

fn new(call: &mut Call<'_>, alias: String) -> Environment {
    let id = format!("{alias}-{}", call.state.seed.env_suffix());
    Environment::new(id, alias, call.now)
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let only = call.optional_text("env");
    let refuse_unknown = call.state.assumptions.is(UnknownEnv::Refused);
    let list = list(call, only.as_deref(), |_, _| {})?;
    if refuse_unknown && only.is_some() && list.is_empty() {
        return refuse(-501_005);
    }
    Ok(success(json!({"info_list": list})))
}

pub(super) fn list_shared(call: &mut Call<'_>) -> CallAnswer {
    let list = list(call, None, |environment, info| {
        let suffix = environment.id.rsplit('-').next().unwrap_or_default();
        info["dbinstance_id"] = json!(format!("tnt-{}", suffix.get(..9).unwrap_or(suffix)));
        info["bucket_id"] = json!(format!("emu-{}", environment.id));
    })?;
    Ok(success(json!({"info_list": list})))
}

/// The environments, or the one that is asked for. Each look counts as one.
fn list(
    call: &mut Call<'_>,
    only: Option<&str>,
    complete: impl Fn(&Environment, &mut Value),
) -> Result<Vec<Value>, crate::refusal::Refusal> {
    let (now, policy) = (call.now, call.state.policy(Resource::Environment));
    let environments = call.environments()?.iter_mut();
    let wanted = environments.filter(|environment| only.is_none_or(|only| environment.id == only));
    let info = wanted.map(|environment| {
        environment.progress.look();
        let created = environment.created.in_beijing();
        let mut info = json!({
            "env": environment.id,
            "alias": environment.alias,
            "create_time": created,
            "update_time": created,
            "status": environment.status(policy, now),
            "package_id": "postpay",
            "package_name": "按量付费",
        });
        complete(environment, &mut info);
        info
    });
    Ok(info.collect())
}

/// An environment of the cloud's own console becomes one of the caller's.
pub(super) fn convert(call: &mut Call<'_>) -> CallAnswer {
    let id = call.filled_text("env")?;
    call.environments()?;
    if !call.state.foreign_environments.remove(&id) {
        return Err(refusal(-501_009).saying("there is no such environment in the console"));
    }
    let alias = id.rsplit_once('-').map_or(id.as_str(), |(alias, _)| alias).to_owned();
    let environment = Environment::new(id, alias, call.now);
    call.environments()?.add(environment);
    Ok(success(json!({})))
}

pub(super) fn share(call: &mut Call<'_>) -> CallAnswer {
    let (env, appid) = (call.filled_text("env")?, call.filled_text("appid")?);
    call.environment(&env)?;
    if !call.state.accounts.contains_key(&appid) {
        return refuse(40013);
    }
    call.environment(&env)?.shared_with.insert(appid);
    Ok(success(json!({})))
}
