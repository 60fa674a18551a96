//! Fault rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::instruction::Parameters;
use crate::{Emulator, EmulatorError, Fault, FaultRule};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Faults {
    faults: Vec<FaultRule>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Faults, EmulatorError> {
    Ok(Faults { faults: emulator.faults() })
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewFaults {
    #[cfg_attr(test, schemars(with = "Vec<Fault>"))]
    faults: Vec<Map<String, Value>>,
}

pub(super) fn set(
    emulator: &Emulator,
    parameters: &Parameters,
    NewFaults { faults }: NewFaults,
) -> Result<Faults, EmulatorError> {
    let faults: Result<Vec<Fault>, _> = faults.into_iter().map(Fault::read).collect();
    emulator.set_faults(faults?)?;
    list(emulator, parameters)
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct NewFault(#[cfg_attr(test, schemars(with = "Fault"))] Map<String, Value>);

pub(super) fn add(
    emulator: &Emulator,
    parameters: &Parameters,
    NewFault(members): NewFault,
) -> Result<Faults, EmulatorError> {
    emulator.fault(Fault::read(members)?)?;
    list(emulator, parameters)
}
