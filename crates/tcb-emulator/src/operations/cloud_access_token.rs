//! The switch of `cloudbase_access_token`.

use serde_json::{Value, json};

use crate::assumption::StaleVersion;
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refuse};

pub(super) fn get_or_set(call: &mut Call<'_>) -> CallAnswer {
    if call.text("action") == "get" { get(call) } else { set(call) }
}

fn get(call: &mut Call<'_>) -> CallAnswer {
    let (env, open) = (call.filled_text("env")?, *switch(call)?);
    let settings = &call.environment(&env)?.settings;
    Ok(success(json!({"open": open, "api_whitelist": settings.whitelist, "version": settings.version})))
}

fn set(call: &mut Call<'_>) -> CallAnswer {
    let env = call.filled_text("env")?;
    let open = call.needed("open")?.as_bool() == Some(true);
    let whitelist = call.needed("api_whitelist")?.as_array().into_iter().flatten();
    let whitelist: Vec<String> = whitelist.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let version = call.needed("version")?.as_i64();

    let when_stale = call.state.assumptions.chosen::<StaleVersion>();
    let settings = &mut call.environment(&env)?.settings;
    let stale = version != Some(settings.version);
    if stale && when_stale == StaleVersion::Refused {
        return refuse(40097);
    }
    if !stale || when_stale == StaleVersion::Accepted {
        settings.whitelist = whitelist;
        settings.version += 1;
        *switch(call)? = open;
    }
    Ok(success(json!({"open": *switch(call)?})))
}

/// The switch of the whole account, or of the platform.
fn switch<'a>(call: &'a mut Call<'_>) -> Result<&'a mut bool, Refusal> {
    if call.is_batch() { Ok(&mut call.cloud_component()?.open) } else { Ok(&mut call.cloud_account()?.open) }
}
