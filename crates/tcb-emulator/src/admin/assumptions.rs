//! The open questions about WeChat.

use serde::{Deserialize, Serialize};

use super::instruction::Parameters;
use crate::assumption::{self, Assumption};
use crate::{Emulator, EmulatorError};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Assumed {
    #[serde(flatten)]
    assumption: &'static Assumption,
    variant: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Assumptions {
    assumptions: Vec<Assumed>,
}

fn assumed(emulator: &Emulator, assumption: &'static Assumption) -> Result<Assumed, EmulatorError> {
    Ok(Assumed { assumption, variant: emulator.assumed(assumption.id)? })
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Assumptions, EmulatorError> {
    let all = Emulator::assumptions().iter().copied();
    let assumptions = all.map(|known| assumed(emulator, known)).collect::<Result<_, _>>()?;
    Ok(Assumptions { assumptions })
}

pub(super) fn one(emulator: &Emulator, parameters: &Parameters) -> Result<Assumed, EmulatorError> {
    assumed(emulator, assumption::find(parameters.text("id"))?)
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    variant: String,
}

pub(super) fn choose(
    emulator: &Emulator,
    parameters: &Parameters,
    Variant { variant }: Variant,
) -> Result<Assumed, EmulatorError> {
    emulator.assume(parameters.text("id"), &variant)?;
    one(emulator, parameters)
}
