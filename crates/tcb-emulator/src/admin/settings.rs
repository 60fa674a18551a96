//! What can be set beside the rest.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::instruction::Parameters;
use crate::{Emulator, EmulatorError};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Settings {
    overlap_seconds: u64,
}

pub(super) fn read(emulator: &Emulator, _: &Parameters) -> Result<Settings, EmulatorError> {
    Ok(Settings { overlap_seconds: emulator.overlap().as_secs() })
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewSettings {
    overlap_seconds: Option<u64>,
}

pub(super) fn set(
    emulator: &Emulator,
    parameters: &Parameters,
    body: NewSettings,
) -> Result<Settings, EmulatorError> {
    if let Some(seconds) = body.overlap_seconds {
        emulator.set_overlap(Duration::from_secs(seconds));
    }
    read(emulator, parameters)
}
