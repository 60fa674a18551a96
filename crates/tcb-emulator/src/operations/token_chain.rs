//! From the platform's secret to a merchant's token.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::assumption::RefreshTokenUse;
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::authorization::{CODE_LIFE, RefreshTokenState};
use crate::state::component::{PRE_AUTH_CODE_LIFE, TicketState};
use crate::state::token::TOKEN_LIFE;
use crate::state::{Component, Owner};

/// Largest page of getAuthorizerList.
const LARGEST_PAGE: usize = 500;

pub(super) fn start_push_ticket(call: &mut Call<'_>) -> CallAnswer {
    let component = platform(call, "component_secret")?;
    let text = if component.pushing { "in a normal state" } else { "ok" };
    component.pushing = true;
    Ok(success(json!({"errmsg": text})))
}

pub(super) fn get_component_access_token(call: &mut Call<'_>) -> CallAnswer {
    let (app_id, ticket, now) =
        (call.text("component_appid"), call.text("component_verify_ticket"), call.now);
    match platform(call, "component_appsecret")?.ticket_state(&ticket, now) {
        TicketState::Valid => {}
        TicketState::Expired => return refuse(61005),
        TicketState::Unknown => return refuse(61006),
    }
    let token = call.state.mint(Owner::Component(app_id));
    Ok(json!({"component_access_token": token, "expires_in": TOKEN_LIFE.as_secs()}))
}

/// The platform that the body names, if the secret in the member `secret` is its own.
fn platform<'a>(call: &'a mut Call<'_>, secret: &str) -> Result<&'a mut Component, Refusal> {
    let (app_id, secret) = (call.text("component_appid"), call.text(secret));
    let component = call.state.components.get_mut(&app_id).ok_or_else(|| refusal(40013))?;
    if component.credentials.secret.expose() == secret { Ok(component) } else { refuse(40125) }
}

pub(super) fn get_pre_auth_code(call: &mut Call<'_>) -> CallAnswer {
    let (app_id, now) = (call.text("component_appid"), call.now);
    let code = call.state.seed.pre_auth_code();
    let component = call.state.components.get_mut(&app_id).ok_or_else(|| refusal(40013))?;
    component.add_pre_auth_code(code.clone(), now);
    Ok(json!({"pre_auth_code": code, "expires_in": PRE_AUTH_CODE_LIFE.as_secs()}))
}

pub(super) fn get_authorizer_refresh_token(call: &mut Call<'_>) -> CallAnswer {
    let (component, code) = (call.text("component_appid"), call.text("authorization_code"));
    let now = call.now;
    let state = &mut *call.state;
    let known = state.codes.get_mut(&code).filter(|code| code.component == component && !code.used);
    let code = known.ok_or_else(|| refusal(61009))?;
    if now.since(code.made) >= CODE_LIFE {
        return refuse(61010);
    }
    let key = (component, code.authorizer.clone());
    let authorization =
        state.authorizations.get_mut(&key).filter(|known| known.standing).ok_or_else(|| refusal(61009))?;
    code.used = true;
    let refresh_token = authorization.refresh_token.get_or_insert_with(|| state.seed.refresh_token()).clone();
    let func_info = func_info(&authorization.permission_sets);
    let (component, authorizer) = key;
    let token = state.mint(Owner::Account { component, authorizer: authorizer.clone() });
    Ok(json!({"authorization_info": {
        "authorizer_appid": authorizer,
        "authorizer_access_token": token,
        "expires_in": TOKEN_LIFE.as_secs(),
        "authorizer_refresh_token": refresh_token,
        "func_info": func_info,
    }}))
}

pub(super) fn get_authorizer_access_token(call: &mut Call<'_>) -> CallAnswer {
    let key = (call.text("component_appid"), call.text("authorizer_appid"));
    let (presented, now) = (call.text("authorizer_refresh_token"), call.now);
    let state = &mut *call.state;
    let authorization = state.authorizations.get_mut(&key).ok_or_else(|| refusal(61003))?;
    match authorization.state_of(&presented, now) {
        RefreshTokenState::Invalid => return refuse(61023),
        // A refresh token in its grace gives the current one back and does not rotate it again.
        RefreshTokenState::Former => {}
        RefreshTokenState::Current if state.assumptions.is(RefreshTokenUse::Stable) => {}
        RefreshTokenState::Current => {
            let grace = state.assumptions.is(RefreshTokenUse::Grace);
            authorization.rotate(state.seed.refresh_token(), grace, now);
        }
    }
    let refresh_token = authorization.refresh_token.clone();
    let (component, authorizer) = key;
    let token = state.mint(Owner::Account { component, authorizer });
    Ok(json!({
        "authorizer_access_token": token,
        "expires_in": TOKEN_LIFE.as_secs(),
        "authorizer_refresh_token": refresh_token,
    }))
}

pub(super) fn get_authorizer_info(call: &mut Call<'_>) -> CallAnswer {
    let key = (call.text("component_appid"), call.text("authorizer_appid"));
    let authorization =
        call.state.authorizations.get(&key).filter(|known| known.standing).ok_or_else(|| refusal(61003))?;
    let account = call.state.accounts.get(&key.1).ok_or_else(|| refusal(61003))?;
    let merchant = &account.merchant;
    let mut authorization_info = json!({
        "authorizer_appid": key.1,
        "func_info": func_info(&authorization.permission_sets),
    });
    if let Some(refresh_token) = &authorization.refresh_token {
        authorization_info["authorizer_refresh_token"] = json!(refresh_token);
    }
    Ok(json!({
        "authorizer_info": {
            "nick_name": merchant.name,
            "head_img": "http://wx.qlogo.cn/mmopen/emulated",
            "service_type_info": {"id": if merchant.trial { 12 } else { 0 }},
            "verify_type_info": {"id": -1},
            "user_name": account.original_id,
            "alias": "",
            "qrcode_url": "http://mmbiz.qpic.cn/emulated",
            "business_info": {"open_pay": 0, "open_shake": 0, "open_scan": 0, "open_card": 0, "open_store": 0},
            "idc": 1,
            "principal_name": merchant.subject,
            "signature": "",
            "MiniProgramInfo": {
                "network": {
                    "RequestDomain": [],
                    "WsRequestDomain": [],
                    "UploadDomain": [],
                    "DownloadDomain": [],
                    "UDPDomain": [],
                    "TCPDomain": [],
                },
                "categories": [],
                "visit_status": 0,
            },
            "register_type": if merchant.trial { 13 } else { 0 },
            "account_status": 1,
            "basic_config": {"is_phone_configured": merchant.phone, "is_email_configured": true},
        },
        "authorization_info": authorization_info,
    }))
}

pub(super) fn get_authorizer_list(call: &mut Call<'_>) -> CallAnswer {
    let (offset, count) = (call.count("offset")?.unwrap_or(0), call.count("count")?.unwrap_or(0));
    if count > LARGEST_PAGE {
        return refuse(40170);
    }
    let component = call.text("component_appid");
    let of_platform = call.state.authorizations.range((component.clone(), String::new())..);
    let mut total = 0;
    let mut page = Vec::new();
    for ((_, authorizer), authorization) in of_platform
        .take_while(|((by, _), _)| *by == component)
        .filter(|(_, authorization)| authorization.standing)
    {
        if (offset..offset.saturating_add(count)).contains(&total) {
            page.push(json!({
                "authorizer_appid": authorizer,
                // Empty until a code was exchanged.
                "refresh_token": authorization.refresh_token.as_deref().unwrap_or_default(),
                "auth_time": authorization.since.seconds(),
            }));
        }
        total += 1;
    }
    Ok(json!({"total_count": total, "list": page}))
}

fn func_info(permission_sets: &BTreeSet<u32>) -> Value {
    permission_sets.iter().map(|id| json!({"funcscope_category": {"id": id}})).collect()
}
