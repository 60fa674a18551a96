//! Open-platform accounts.

use serde_json::json;

use crate::assumption::TrialAccount;
use crate::call::{Call, CallAnswer, Refusal, refusal, refuse, success};

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    own_app_id(call)?;
    let trial_code = if call.state.assumptions.is(TrialAccount::Code48001) { 48001 } else { 40013 };
    let account = call.account()?;
    if account.merchant.trial {
        return refuse(trial_code);
    }
    if account.open_app_id.is_some() {
        return refuse(89000);
    }
    let open_app_id = call.state.seed.app_id();
    call.account()?.open_app_id = Some(open_app_id.clone());
    Ok(success(json!({"open_appid": open_app_id})))
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    own_app_id(call)?;
    let open_app_id = call.account()?.open_app_id.clone().ok_or_else(|| refusal(89002))?;
    Ok(success(json!({"open_appid": open_app_id})))
}

/// The account in the body may be left out; any other than the token's is refused.
fn own_app_id(call: &Call<'_>) -> Result<(), Refusal> {
    let own = call.authorizer()?;
    match call.optional_text("appid") {
        Some(named) if named != own => refuse(40013),
        _ => Ok(()),
    }
}
