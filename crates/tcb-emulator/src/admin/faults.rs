//! Fault rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::instruction::{Parameters, invalid};
use crate::{Emulator, EmulatorError, Fault};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Faults {
    faults: Vec<Fault>,
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
    body: NewFaults,
) -> Result<Faults, EmulatorError> {
    let faults: Result<Vec<Fault>, _> = body.faults.into_iter().map(fault).collect();
    emulator.set_faults(faults?)?;
    list(emulator, parameters)
}

/// Reads a rule. A member that no rule has is refused here, because serde cannot in a flattened
/// struct.
fn fault(members: Map<String, Value>) -> Result<Fault, EmulatorError> {
    let known = |name: &str| ["path", "kind", "times", "code", "status", "body", "millis"].contains(&name);
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(invalid(&format!("a fault has no member {name:?}")));
    }
    let fault = serde_json::from_value(Value::Object(members));
    fault.map_err(|error| invalid(&format!("a fault does not fit: {error}")))
}
