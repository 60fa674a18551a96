//! What was pushed.

use serde::Serialize;

use super::instruction::{Nothing, Parameters};
use crate::{Delivery, Emulator, EmulatorError};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Callbacks {
    callbacks: Vec<Delivery>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Callbacks, EmulatorError> {
    Ok(Callbacks { callbacks: emulator.callbacks() })
}

pub(super) async fn redeliver(
    emulator: Emulator,
    parameters: Parameters,
    _: Nothing,
) -> Result<Delivery, EmulatorError> {
    emulator.redeliver(parameters.number("id")?).await
}
