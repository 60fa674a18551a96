//! How often may be called, and clearing the counts.

use serde_json::json;
use tcb_catalogue::{Catalogue, TokenKind};

use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let (account, path, now) = (identity(call)?, path(call)?, call.now);
    let (limit, used) = (call.state.quotas.limit(&path), call.state.quotas.used(&account, &path, now));
    let quota = json!({"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)});
    Ok(success(json!({"quota": quota})))
}

pub(super) fn clear(call: &mut Call<'_>) -> CallAnswer {
    let account = identity(call)?;
    if call.text("appid") != account {
        return refuse(40013);
    }
    clear_all(call, &account)
}

pub(super) fn clear_one(call: &mut Call<'_>) -> CallAnswer {
    let (account, path, now) = (identity(call)?, path(call)?, call.now);
    if call.state.quotas.clear_one(&account, &path, now) { Ok(success(json!({}))) } else { refuse(48006) }
}

pub(super) fn clear_by_platform_secret(call: &mut Call<'_>) -> CallAnswer {
    let (component, secret) = (call.text("component_appid"), call.text("appsecret"));
    let known = call.state.components.get(&component).ok_or_else(|| refusal(40013))?;
    if known.credentials.secret.expose() != secret {
        return refuse(40125);
    }
    let Some(appid) = call.optional_text("appid").filter(|appid| *appid != component) else {
        return clear_all(call, &component);
    };
    let authorization = call.state.authorizations.get(&(component, appid.clone()));
    if !authorization.is_some_and(|known| known.standing) {
        return refuse(43007);
    }
    clear_all(call, &appid)
}

/// By the secret of the merchant itself, which no platform has.
pub(super) fn clear_by_secret(call: &mut Call<'_>) -> CallAnswer {
    let (appid, secret) = (call.text("appid"), call.text("appsecret"));
    let account = call.state.accounts.get(&appid).ok_or_else(|| refusal(40013))?;
    if account.secret != secret {
        return refuse(40125);
    }
    clear_all(call, &appid)
}

fn clear_all(call: &mut Call<'_>, account: &str) -> CallAnswer {
    if call.state.quotas.clear(account, call.now) { Ok(success(json!({}))) } else { refuse(48006) }
}

fn identity(call: &Call<'_>) -> Result<String, Refusal> {
    Ok(call.owner()?.identity().to_owned())
}

/// The path that the call asks about, which has to be one for its kind of token.
fn path(call: &Call<'_>) -> Result<String, Refusal> {
    let path = call.text("cgi_path");
    if !path.starts_with('/') {
        return refuse(76003);
    }
    if path.starts_with("/sns/") {
        return refuse(76022);
    }
    let operation = Catalogue::get().by_path(&path).ok_or_else(|| refusal(76021))?;
    let kind = if call.is_batch() { TokenKind::Component } else { TokenKind::Authorizer };
    let kinds = &operation.token.kinds;
    let is_own = kinds.contains(&kind) || (call.is_batch() && kinds.contains(&TokenKind::None));
    if is_own { Ok(path) } else { refuse(76022) }
}
