//! Opening cloud development, and what goes with it.

use std::time::Duration;

use serde_json::json;

use crate::assumption::{PromptOrder, RepeatedOpening};
use crate::call::{Call, CallAnswer, success};
use crate::prompt::PromptKind;
use crate::refusal::refuse;

/// One message in this time goes to an administrator.
const MESSAGE_PERIOD: Duration = Duration::from_secs(24 * 3600);

/// Credentials in one hour, and the longest life of one in seconds.
const MOST_CREDENTIALS: usize = 10;
const HOUR: Duration = Duration::from_secs(3600);
const LONGEST_CREDENTIAL: i64 = 7200;

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let now = call.now;
    let again_is_fine = call.state.assumptions.is(RepeatedOpening::Success);
    let phone_first = call.state.assumptions.is(PromptOrder::PhoneFirst);
    let appid = call.authorizer()?;
    let account = call.account()?;
    if account.opened && !again_is_fine {
        return refuse(-601_026);
    }
    if account.opened || (account.merchant.consent && account.merchant.phone) {
        account.opened = true;
        return Ok(success(json!({})));
    }
    if account.last_message.is_some_and(|sent| now.since(sent) < MESSAGE_PERIOD) {
        return refuse(-601_026);
    }
    account.last_message = Some(now);
    let ask_for_phone = !account.merchant.phone && (phone_first || account.merchant.consent);
    let (kind, code) =
        if ask_for_phone { (PromptKind::Phone, -601_048) } else { (PromptKind::CloudConsent, -601_049) };
    call.state.prompts.ask(&appid, kind, "", now);
    refuse(code)
}

/// The message that asks for a number is one of those of which one goes out in 24 hours.
pub(super) fn check_phone(call: &mut Call<'_>) -> CallAnswer {
    let (asks, now, appid) = (call.flag("push_tmpl"), call.now, call.authorizer()?);
    let account = call.account()?;
    let has_phone = account.merchant.phone;
    let was_asked = account.last_message.is_some_and(|sent| now.since(sent) < MESSAGE_PERIOD);
    if asks && !has_phone && !was_asked {
        account.last_message = Some(now);
        call.state.prompts.ask(&appid, PromptKind::Phone, "", now);
    }
    Ok(success(json!({"has_mobile": has_phone})))
}

pub(super) fn tencent_cloud_credential(call: &mut Call<'_>) -> CallAnswer {
    let (lifespan, now) = (call.number("lifespan"), call.now);
    if !(1..=LONGEST_CREDENTIAL).contains(&lifespan) {
        return refuse(40097);
    }
    let credentials = &mut call.cloud_account()?.credentials;
    credentials.retain(|made| now.since(*made) < HOUR);
    if credentials.len() >= MOST_CREDENTIALS {
        return refuse(45009);
    }
    credentials.push_back(now);
    let (id, key, token) = call.state.seed.cloud_credential();
    let expires = now.plus(Duration::from_secs(lifespan.unsigned_abs())).seconds();
    Ok(success(json!({"secretid": id, "secretkey": key, "token": token, "expired_time": expires})))
}
