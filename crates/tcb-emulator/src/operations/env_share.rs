//! Environments of the platform that mini programs use, after their administrators have agreed.

use serde_json::{Value, json};

use crate::call::{Call, CallAnswer, success};
use crate::prompt::PromptKind;

/// The permission set without which an environment cannot be shared with a mini program.
const DEVELOPMENT: u32 = 18;

pub(super) fn share(call: &mut Call<'_>) -> CallAnswer {
    call.environments()?;
    let now = call.now;
    let (mut failures, mut links) = (Vec::new(), Vec::new());
    for (env, appid) in pairs(call) {
        if let Err(why) = can_be_shared(call, &env, &appid) {
            failures.push(failure(&env, &appid, why));
        } else if !is_shared(call, &env, &appid) {
            let prompt = call.state.prompts.ask(&appid, PromptKind::EnvShare, &env, now);
            links.push(json!({"appid": appid, "url": call.state.storage.confirmation_link(prompt)}));
        }
    }
    Ok(success(json!({"err_list": failures, "msg_info_list": links})))
}

pub(super) fn unshare(call: &mut Call<'_>) -> CallAnswer {
    call.environments()?;
    let mut failures = Vec::new();
    for (env, appid) in pairs(call) {
        let environment = call.environments()?.get_mut(&env);
        if !environment.is_some_and(|environment| environment.shared_with.remove(&appid)) {
            failures.push(failure(&env, &appid, "not shared"));
        }
    }
    Ok(success(json!({"err_list": failures})))
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    call.environments()?;
    let (mut relations, mut failures) = (Vec::new(), Vec::new());
    for appid in call.texts("appids") {
        if call.state.accounts.contains_key(&appid) {
            let shared = call.environments()?.iter().filter(|one| one.shared_with.contains(&appid));
            let envs: Vec<&str> = shared.map(|environment| environment.id.as_str()).collect();
            relations.push(json!({"appid": appid, "env_list": envs}));
        } else {
            failures.push(json!({"appid": appid, "errmsg": "invalid appid"}));
        }
    }
    Ok(success(json!({"relation_data": relations, "err_list": failures})))
}

/// The environments and mini programs that the call names.
fn pairs(call: &Call<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for item in call.list("data") {
        let env = item["env"].as_str().unwrap_or_default();
        let appids = item["appids"].as_array().into_iter().flatten().filter_map(Value::as_str);
        pairs.extend(appids.map(|appid| (env.to_owned(), appid.to_owned())));
    }
    pairs
}

fn failure(env: &str, appid: &str, why: &str) -> Value {
    json!({"env": env, "appid": appid, "errmsg": why})
}

fn is_shared(call: &mut Call<'_>, env: &str, appid: &str) -> bool {
    let environment = call.environments().ok().and_then(|environments| environments.get_mut(env));
    environment.is_some_and(|environment| environment.shared_with.contains(appid))
}

fn can_be_shared(call: &mut Call<'_>, env: &str, appid: &str) -> Result<(), &'static str> {
    let component = call.caller.as_ref().map(|owner| owner.identity().to_owned()).unwrap_or_default();
    let environments = call.environments().map_err(|_| "no environments")?;
    let shared = environments.get_mut(env).ok_or("can't find the env")?.shared_with.clone();
    let accounts = &call.state.accounts;
    let subject = |appid: &str| accounts.get(appid).map(|account| account.merchant.subject.clone());
    let own = subject(appid).ok_or("invalid appid")?;
    let authorization = call.state.authorizations.get(&(component, appid.to_owned()));
    let granted = authorization.is_some_and(|one| one.standing && one.permission_sets.contains(&DEVELOPMENT));
    if !granted {
        return Err("the permission set 18 is not granted");
    }
    if shared.iter().any(|other| subject(other).is_some_and(|other| other != own)) {
        return Err("the environment is shared with another subject");
    }
    Ok(())
}
