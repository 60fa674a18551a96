//! Looking a refused request up by its id.

use serde_json::json;

use crate::call::{Call, CallAnswer, success};
use crate::refusal::{refusal, refuse};

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let (rid, account) = (call.text("rid"), call.owner()?.identity().to_owned());
    let is_group = |group: &str| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    if rid.split('-').count() != 3 || !rid.split('-').all(is_group) {
        return refuse(76002);
    }
    let request = call.state.requests.get(&rid, call.now).ok_or_else(|| refusal(76001))?;
    if request.account.as_ref() != Some(&account) {
        return refuse(76003);
    }
    Ok(success(json!({"request": {
        "invoke_time": request.time.seconds(),
        "cost_in_ms": 1,
        "request_url": request.query,
        "request_body": request.body,
        "response_body": request.answer,
        "client_ip": "127.0.0.1",
    }})))
}
