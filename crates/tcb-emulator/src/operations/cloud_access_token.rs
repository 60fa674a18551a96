//! The switch of `cloudbase_access_token`.

use serde_json::{Value, json};

use crate::assumption::{BatchSwitch, StaleVersion};
use crate::call::{Call, CallAnswer, Refusal, refusal, refuse, success};
use crate::state::{CloudSettings, Owner};

pub(super) fn get_or_set(call: &mut Call<'_>) -> CallAnswer {
    if call.text("action") == "get" { get(call) } else { set(call) }
}

fn get(call: &mut Call<'_>) -> CallAnswer {
    let (open, settings) = settings(call)?;
    Ok(success(json!({"open": *open, "api_whitelist": settings.whitelist, "version": settings.version})))
}

fn set(call: &mut Call<'_>) -> CallAnswer {
    let open = call.needed("open")?.as_bool() == Some(true);
    let whitelist = call.needed("api_whitelist")?.as_array().into_iter().flatten();
    let whitelist: Vec<String> = whitelist.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let version = call.needed("version")?.as_i64();

    let refuse_stale = call.state.assumptions.is(StaleVersion::Refused);
    let ignore_stale = call.state.assumptions.is(StaleVersion::Ignored);
    let (account_open, settings) = settings(call)?;
    let stale = version != Some(settings.version);
    if stale && refuse_stale {
        return refuse(40097);
    }
    if !(stale && ignore_stale) {
        *account_open = open;
        settings.whitelist = whitelist;
        settings.version += 1;
    }
    Ok(success(json!({"open": *account_open})))
}

/// The switch of the whole account and the settings of the one environment that the call names.
fn settings<'a>(call: &'a mut Call<'_>) -> Result<(&'a mut bool, &'a mut CloudSettings), Refusal> {
    let env = call.filled_text("env")?;
    if let Some(Owner::Component(component)) = &call.caller {
        if call.state.assumptions.is(BatchSwitch::NotOpened) {
            return refuse(85088);
        }
        let component = call.state.components.get_mut(component).ok_or_else(|| refusal(61011))?;
        return Ok((&mut component.open, component.settings.entry(env).or_default()));
    }
    let account = call.cloud_account()?;
    let environment = account.environments.iter_mut().find(|known| known.id == env);
    let environment = environment.ok_or_else(|| refusal(-501_005).saying("Environment not found"))?;
    Ok((&mut account.open, &mut environment.settings))
}
