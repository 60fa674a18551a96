//! Addresses, all of which are this machine.

use serde_json::json;

use crate::assumption::UncheckedAddress;
use crate::call::{Call, CallAnswer};
use crate::refusal::{refusal, refuse};
use crate::state::Owner;

#[expect(clippy::unnecessary_wraps, reason = "the form of all operations")]
pub(super) fn addresses(_: &mut Call<'_>) -> CallAnswer {
    Ok(json!({"ip_list": ["127.0.0.1"]}))
}

/// Nothing is resolved and nothing pinged: the callback of a platform is on this machine.
pub(super) fn check_callback(call: &mut Call<'_>) -> CallAnswer {
    let Owner::Component(component) = call.owner()? else { return refuse(61014) };
    let component = call.state.components.get(&component).ok_or_else(|| refusal(61011))?;
    if component.callback.is_none() {
        return match call.state.assumptions.chosen::<UncheckedAddress>() {
            UncheckedAddress::Refused => refuse(40201),
            UncheckedAddress::Empty => Ok(json!({"dns": [], "ping": []})),
        };
    }
    let (action, operator) = (call.text("action"), call.text("check_operator"));
    let mut answer = json!({});
    if action != "ping" {
        answer["dns"] = json!([{"ip": "127.0.0.1", "real_operator": "UNICOM"}]);
    }
    if action != "dns" {
        let from = if operator == "DEFAULT" { "UNICOM" } else { &operator };
        answer["ping"] =
            json!([{"ip": "127.0.0.1", "from_operator": from, "package_loss": "0%", "time": "0.100ms"}]);
    }
    Ok(answer)
}
