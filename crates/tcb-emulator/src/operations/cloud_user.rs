//! Opening cloud development.

use std::time::Duration;

use serde_json::json;

use crate::assumption::{PromptOrder, RepeatedOpening};
use crate::call::{Call, CallAnswer, refuse, success};
use crate::prompt::PromptKind;

/// One message in this time goes to an administrator.
const MESSAGE_PERIOD: Duration = Duration::from_secs(24 * 3600);

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
    call.state.prompts.ask(&appid, kind, now);
    refuse(code)
}
