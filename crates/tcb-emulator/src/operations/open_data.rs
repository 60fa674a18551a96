//! Data of users behind cloudIDs, and signatures of conversations.

use serde_json::{Value, json};

use crate::assumption::UnknownCloudId;
use crate::call::{Call, CallAnswer, success};
use crate::refusal::refuse;

/// Characters that a nonce has less than.
const LONGEST_NONCE: usize = 128;

pub(super) fn voip_signature(call: &mut Call<'_>) -> CallAnswer {
    call.filled_text("group_id")?;
    if call.filled_text("nonce")?.chars().count() >= LONGEST_NONCE {
        return refuse(40097);
    }
    Ok(success(json!({"signature": call.state.seed.voip_signature()})))
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let ids = call.texts("cloudid_list");
    let shows_unknown = call.state.assumptions.is(UnknownCloudId::Empty);
    let known = &call.account()?.open_data;
    let data = ids.iter().filter_map(|id| {
        let data = known.get(id).cloned().or_else(|| shows_unknown.then(|| json!({})))?;
        Some(json!({"cloud_id": id, "json": {"cloudID": id, "data": data}}))
    });
    let data: Vec<Value> = data.collect();
    Ok(success(json!({"data_list": data})))
}
