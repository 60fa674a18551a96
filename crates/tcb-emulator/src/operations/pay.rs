//! WeChat Pay merchants of a mini program. Each relation waits for the merchant's confirmation.

use serde_json::{Value, json};

use crate::assumption::PayRequestTwice;
use crate::call::{Call, CallAnswer, success};
use crate::prompt::PromptKind;
use crate::refusal::refuse;
use crate::state::pay::{PayMerchant, Relation};

pub(super) fn request(call: &mut Call<'_>) -> CallAnswer {
    let (action, code, now) = (call.text("action"), call.filled_text("merchant_code")?, call.now);
    let (appid, refuses_repeat) = (call.authorizer()?, call.state.assumptions.is(PayRequestTwice::Refused));
    let merchants = &mut call.cloud_account()?.pay;
    // Permissions are those of a merchant that is bound.
    if action != "bind" && merchants.get(&code).is_none_or(|known| known.binding != Relation::Confirmed) {
        return refuse(40097);
    }
    let merchant = merchants.entry(code.clone()).or_default();
    let (relation, kind) = match action.as_str() {
        "bind" => (&mut merchant.binding, PromptKind::PayBinding),
        "openjsapi" => (&mut merchant.payments, PromptKind::PayPayments),
        _ => (&mut merchant.refunds, PromptKind::PayRefunds),
    };
    if *relation == Relation::None {
        *relation = Relation::Asked;
        call.state.prompts.ask(&appid, kind, &code, now);
    } else if refuses_repeat {
        return refuse(40097);
    }
    Ok(success(json!({})))
}

pub(super) fn list(call: &mut Call<'_>) -> CallAnswer {
    let merchants = call.cloud_account()?.pay.iter().map(|(code, merchant)| described(code, merchant));
    let merchants: Vec<Value> = merchants.collect();
    Ok(success(json!({"list": merchants})))
}

fn described(code: &str, merchant: &PayMerchant) -> Value {
    let permission = |relation: Relation| match relation {
        Relation::None => "AUTH_UNAUTHORIZED",
        Relation::Asked => "AUTH_WAIT_CONFIRM_WXTPL",
        Relation::Confirmed => "AUTH_AUTHORIZED",
    };
    json!({
        "merchant_code": code,
        "merchant_name": format!("Merchant {code}"),
        "company_name": format!("Company of {code}"),
        "mch_relation_state": match merchant.binding {
            Relation::Confirmed => "RELATION_BINDED",
            _ => "RELATION_WAIT_CONFIRM_WXTPL",
        },
        "jsapi_auth_state": permission(merchant.payments),
        "refund_auth_state": permission(merchant.refunds),
    })
}
