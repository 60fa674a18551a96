//! Options of an account that has authorised the platform. Those that are known concern public
//! accounts.

use serde_json::json;

use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::{Account, Owner};

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let (appid, name) = (named_account(call)?, call.text("option_name"));
    let value = account(call, &appid)?.options.get(&name).map_or("0", String::as_str);
    Ok(success(json!({"authorizer_appid": appid, "option_name": name, "option_value": value})))
}

pub(super) fn set(call: &mut Call<'_>) -> CallAnswer {
    let (appid, name, value) = (named_account(call)?, call.text("option_name"), call.text("option_value"));
    let values: &[&str] = if name == "location_report" { &["0", "1", "2"] } else { &["0", "1"] };
    if !values.contains(&value.as_str()) {
        return refuse(61013);
    }
    account(call, &appid)?.options.insert(name, value);
    Ok(success(json!({})))
}

fn account<'a>(call: &'a mut Call<'_>, appid: &str) -> Result<&'a mut Account, Refusal> {
    call.state.accounts.get_mut(appid).ok_or_else(|| refusal(40013))
}

/// The account: the token's, or with the platform's own token the one that the body names.
fn named_account(call: &Call<'_>) -> Result<String, Refusal> {
    let named = call.optional_text("authorizer_appid");
    match &call.caller {
        Some(Owner::Account { authorizer, .. }) => match named {
            Some(named) if named != *authorizer => refuse(40013),
            _ => Ok(authorizer.clone()),
        },
        Some(Owner::Component(component)) => {
            let named = named.ok_or_else(|| refusal(40101))?;
            let authorization = call.state.authorizations.get(&(component.clone(), named.clone()));
            if authorization.is_some_and(|known| known.standing) { Ok(named) } else { refuse(61003) }
        }
        None => refuse(41001),
    }
}
