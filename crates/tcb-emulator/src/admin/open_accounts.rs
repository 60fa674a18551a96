//! Open-platform accounts.

use serde::{Deserialize, Serialize};
use tcb_types::OpenAppId;

use super::instruction::{Done, Nothing, Parameters};
use crate::{Emulator, EmulatorError};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewOpenAccount {
    subject: String,
    #[serde(default)]
    verified: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AddedOpenAccount {
    #[cfg_attr(test, schemars(with = "String"))]
    open_appid: OpenAppId,
}

pub(super) fn add(
    emulator: &Emulator,
    _: &Parameters,
    body: NewOpenAccount,
) -> Result<AddedOpenAccount, EmulatorError> {
    Ok(AddedOpenAccount { open_appid: emulator.add_open_account(body.subject, body.verified) })
}

pub(super) fn verify(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    emulator.verify_open_account(&parameters.id("appid"))?;
    Ok(Done {})
}
