//! Merchants and what they authorise.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tcb_types::{AuthorizerAppId, ComponentAppId};

use super::instruction::{Done, Parameters, invalid};
use crate::{Emulator, EmulatorError, Merchant, MerchantState, USUAL_PERMISSION_SETS};

/// Most merchants that one request seeds; each costs about a kilobyte.
const MOST_SEEDED: usize = 1_000_000;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Merchants {
    merchants: Vec<MerchantState>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Merchants, EmulatorError> {
    Ok(Merchants { merchants: emulator.merchants() })
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AddedMerchant {
    #[cfg_attr(test, schemars(with = "String"))]
    appid: AuthorizerAppId,
}

pub(super) fn add(
    emulator: &Emulator,
    _: &Parameters,
    body: Merchant,
) -> Result<AddedMerchant, EmulatorError> {
    Ok(AddedMerchant { appid: emulator.add_merchant(body) })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Seeding {
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    component_appid: Option<ComponentAppId>,
    count: usize,
    permission_sets: Option<Vec<u32>>,
    #[serde(default)]
    opened: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Seeded {
    merchants: Vec<SeededMerchant>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SeededMerchant {
    #[cfg_attr(test, schemars(with = "String"))]
    appid: AuthorizerAppId,
    refresh_token: String,
}

pub(super) fn seed(emulator: &Emulator, _: &Parameters, body: Seeding) -> Result<Seeded, EmulatorError> {
    let component = platform(emulator, body.component_appid);
    let sets = body.permission_sets.unwrap_or_else(|| USUAL_PERMISSION_SETS.to_vec());
    if body.count > MOST_SEEDED {
        return Err(invalid(&format!("at most {MOST_SEEDED} merchants are seeded at once")));
    }
    let seeded = if body.opened {
        emulator.seed_open_merchants(&component, body.count, sets)?
    } else {
        emulator.seed_merchants(&component, body.count, sets)?
    };
    let seeded = seeded.into_iter();
    let merchants = seeded
        .map(|(appid, token)| SeededMerchant { appid, refresh_token: token.expose().to_owned() })
        .collect();
    Ok(Seeded { merchants })
}

/// The platform that is named, else the first.
pub(super) fn platform(emulator: &Emulator, named: Option<ComponentAppId>) -> ComponentAppId {
    named.or_else(|| emulator.first_platform()).unwrap_or_else(|| emulator.component().app_id.clone())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MerchantSecret {
    appsecret: String,
}

pub(super) fn secret(emulator: &Emulator, parameters: &Parameters) -> Result<MerchantSecret, EmulatorError> {
    let secret = emulator.merchant_secret(&parameters.id("appid"))?;
    Ok(MerchantSecret { appsecret: secret.expose().to_owned() })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct OpenData {
    cloud_id: String,
    data: Value,
}

pub(super) fn set_open_data(
    emulator: &Emulator,
    parameters: &Parameters,
    body: OpenData,
) -> Result<Done, EmulatorError> {
    emulator.set_open_data(&parameters.id("appid"), body.cloud_id, body.data)?;
    Ok(Done {})
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewAuthorization {
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    component_appid: Option<ComponentAppId>,
    #[cfg_attr(test, schemars(with = "String"))]
    authorizer_appid: AuthorizerAppId,
    permission_sets: Option<Vec<u32>>,
    pre_auth_code: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Authorized {
    auth_code: String,
}

pub(super) async fn authorize(
    emulator: Emulator,
    _: Parameters,
    body: NewAuthorization,
) -> Result<Authorized, EmulatorError> {
    let component = platform(&emulator, body.component_appid);
    let sets = body.permission_sets.unwrap_or_else(|| USUAL_PERMISSION_SETS.to_vec());
    let merchant = body.authorizer_appid;
    let code = match &body.pre_auth_code {
        Some(link) => emulator.authorize_by_link(&component, &merchant, sets, link).await?,
        None => emulator.authorize(&component, &merchant, sets).await?,
    };
    Ok(Authorized { auth_code: code.expose().to_owned() })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    component_appid: Option<ComponentAppId>,
    #[cfg_attr(test, schemars(with = "String"))]
    authorizer_appid: AuthorizerAppId,
}

pub(super) async fn cancel_authorization(
    emulator: Emulator,
    _: Parameters,
    body: Cancellation,
) -> Result<Done, EmulatorError> {
    let component = platform(&emulator, body.component_appid);
    emulator.unauthorize(&component, &body.authorizer_appid).await?;
    Ok(Done {})
}
