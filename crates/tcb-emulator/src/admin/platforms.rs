//! Platforms.

use serde::{Deserialize, Serialize};
use tcb_types::ComponentAppId;

use super::instruction::{Done, Nothing, Parameters};
use crate::{Credentials, Delivery, Emulator, EmulatorError};

/// The names are those of WeChat's calls and of `tcbctl emu start`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Platform {
    #[cfg_attr(test, schemars(with = "String"))]
    component_appid: ComponentAppId,
    component_appsecret: String,
    token: String,
    encoding_aes_key: String,
}

impl From<&Credentials> for Platform {
    fn from(credentials: &Credentials) -> Self {
        Self {
            component_appid: credentials.app_id.clone(),
            component_appsecret: credentials.secret.expose().to_owned(),
            token: credentials.callback_token.expose().to_owned(),
            encoding_aes_key: credentials.encoding_aes_key.expose().to_owned(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Platforms {
    components: Vec<Platform>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Platforms, EmulatorError> {
    Ok(Platforms { components: emulator.components().iter().map(Platform::from).collect() })
}

pub(super) fn add(emulator: &Emulator, _: &Parameters, _: Nothing) -> Result<Platform, EmulatorError> {
    Ok(Platform::from(&emulator.add_component()))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Ticket {
    component_verify_ticket: String,
}

pub(super) fn ticket(emulator: &Emulator, parameters: &Parameters) -> Result<Ticket, EmulatorError> {
    let ticket = emulator.ticket(&parameters.id("appid"))?;
    Ok(Ticket { component_verify_ticket: ticket.expose().to_owned() })
}

pub(super) async fn push_ticket(
    emulator: Emulator,
    parameters: Parameters,
    _: Nothing,
) -> Result<Delivery, EmulatorError> {
    emulator.push_ticket(&parameters.id("appid")).await
}

pub(super) fn change_aes_key(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Platform, EmulatorError> {
    Ok(Platform::from(&emulator.change_aes_key(&parameters.id("appid"))?))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Callback {
    url: Option<String>,
    pushing: Option<bool>,
}

pub(super) fn set_callback(
    emulator: &Emulator,
    parameters: &Parameters,
    body: Callback,
) -> Result<Done, EmulatorError> {
    let component = parameters.id("appid");
    match body.url {
        Some(url) => emulator.set_callback_url(&component, &url)?,
        None => emulator.clear_callback_url(&component)?,
    }
    if let Some(pushing) = body.pushing {
        emulator.set_ticket_pushing(&component, pushing)?;
    }
    Ok(Done {})
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct BatchMode {
    opened: bool,
}

pub(super) fn set_batch_mode(
    emulator: &Emulator,
    parameters: &Parameters,
    body: BatchMode,
) -> Result<Done, EmulatorError> {
    emulator.set_batch_mode(&parameters.id("appid"), body.opened)?;
    Ok(Done {})
}
