//! What cloud functions answer, and their invocations.

use serde::{Deserialize, Serialize};

use super::instruction::Parameters;
use crate::{Emulator, EmulatorError, Invocation, Script};

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Scripts {
    scripts: Vec<Script>,
}

pub(super) fn scripts(emulator: &Emulator, _: &Parameters) -> Result<Scripts, EmulatorError> {
    Ok(Scripts { scripts: emulator.scripts() })
}

pub(super) fn set_scripts(
    emulator: &Emulator,
    parameters: &Parameters,
    body: Scripts,
) -> Result<Scripts, EmulatorError> {
    emulator.set_scripts(body.scripts);
    scripts(emulator, parameters)
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Invocations {
    invocations: Vec<Invocation>,
}

pub(super) fn invocations(emulator: &Emulator, _: &Parameters) -> Result<Invocations, EmulatorError> {
    Ok(Invocations { invocations: emulator.invocations() })
}
