//! What was pushed.

use serde::Serialize;

use super::instruction::Parameters;
use crate::{Delivery, Emulator, EmulatorError};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Callbacks {
    callbacks: Vec<Delivery>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Callbacks, EmulatorError> {
    Ok(Callbacks { callbacks: emulator.callbacks() })
}
