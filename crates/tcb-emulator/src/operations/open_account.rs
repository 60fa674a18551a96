//! Open-platform accounts.

use serde_json::json;

use crate::assumption::{FullOpenAccount, TrialAccount, UnboundUnbind};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::OpenAccount;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let own = own_app_id(call)?;
    let trial_code = if call.state.assumptions.is(TrialAccount::Code48001) { 48001 } else { 40013 };
    let account = call.account()?;
    if account.merchant.trial {
        return refuse(trial_code);
    }
    if account.open_app_id.is_some() {
        return refuse(89000);
    }
    let subject = account.merchant.subject.clone();
    let id = call.state.seed.app_id();
    let made = OpenAccount { subject, by_api: true, verified: false, members: [own].into() };
    call.state.open_accounts.insert(id.clone(), made);
    call.account()?.open_app_id = Some(id.clone());
    Ok(success(json!({"open_appid": id})))
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    own_app_id(call)?;
    let open_app_id = call.account()?.open_app_id.clone().ok_or_else(|| refusal(89002))?;
    Ok(success(json!({"open_appid": open_app_id})))
}

pub(super) fn bind(call: &mut Call<'_>) -> CallAnswer {
    let (own, id) = (own_app_id(call)?, call.filled_text("open_appid")?);
    let full = if call.state.assumptions.is(FullOpenAccount::Code89004) { 89004 } else { 89001 };
    let account = call.account()?;
    if account.open_app_id.is_some() {
        return refuse(89000);
    }
    let subject = account.merchant.subject.clone();
    let open_account = call.state.open_accounts.get_mut(&id).ok_or_else(|| refusal(40013))?;
    if !open_account.by_api && !open_account.verified {
        return refuse(89036);
    }
    if open_account.subject != subject {
        return refuse(89001);
    }
    if open_account.is_full() {
        return refuse(full);
    }
    open_account.members.insert(own);
    call.account()?.open_app_id = Some(id);
    Ok(success(json!({})))
}

pub(super) fn unbind(call: &mut Call<'_>) -> CallAnswer {
    let (own, id) = (own_app_id(call)?, call.filled_text("open_appid")?);
    let unbound = if call.state.assumptions.is(UnboundUnbind::Code89002) { 89002 } else { 40013 };
    match &call.account()?.open_app_id {
        None => return refuse(unbound),
        Some(bound) if *bound != id => return refuse(40013),
        Some(_) => {}
    }
    let open_account = call.state.open_accounts.get_mut(&id).ok_or_else(|| refusal(40013))?;
    if !open_account.by_api {
        return refuse(89003);
    }
    open_account.members.remove(&own);
    call.account()?.open_app_id = None;
    Ok(success(json!({})))
}

pub(super) fn is_bound(call: &mut Call<'_>) -> CallAnswer {
    let is_bound = call.account()?.open_app_id.is_some();
    Ok(success(json!({"have_open": is_bound})))
}

pub(super) fn same_subject(call: &mut Call<'_>) -> CallAnswer {
    let account = call.account()?;
    let subject = account.merchant.subject.clone();
    let id = account.open_app_id.clone().ok_or_else(|| refusal(89002))?;
    let is_same = call.state.open_accounts.get(&id).is_some_and(|known| known.subject == subject);
    Ok(success(json!({"same_entity": is_same})))
}

/// The account behind the token. The body may name it; any other is refused.
fn own_app_id(call: &Call<'_>) -> Result<String, Refusal> {
    let own = call.authorizer()?;
    match call.optional_text("appid") {
        Some(named) if named != own => refuse(40013),
        _ => Ok(own),
    }
}
