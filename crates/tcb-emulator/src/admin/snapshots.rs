//! States that are kept, and put back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instruction::{Done, Nothing, Parameters, invalid};
use crate::{Emulator, EmulatorError, Reset};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Snapshots {
    snapshots: Vec<String>,
}

pub(super) fn list(emulator: &Emulator, _: &Parameters) -> Result<Snapshots, EmulatorError> {
    Ok(Snapshots { snapshots: emulator.snapshots() })
}

/// What a file holds.
#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    schema: u64,
    now: u64,
    mode: Value,
    state: Value,
}

pub(super) fn export(emulator: &Emulator, parameters: &Parameters) -> Result<File, EmulatorError> {
    let file = serde_json::from_value(emulator.export_snapshot(parameters.text("name"))?);
    file.map_err(|error| invalid(&format!("the snapshot cannot be written: {error}")))
}

pub(super) fn import(
    emulator: &Emulator,
    parameters: &Parameters,
    File { schema, now, mode, state }: File,
) -> Result<Done, EmulatorError> {
    let file = json!({"schema": schema, "now": now, "mode": mode, "state": state});
    emulator.import_snapshot(parameters.text("name"), file)?;
    Ok(Done {})
}

pub(super) fn save(emulator: &Emulator, parameters: &Parameters, _: Nothing) -> Result<Done, EmulatorError> {
    emulator.save_snapshot(parameters.text("name"))?;
    Ok(Done {})
}

pub(super) fn restore(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    emulator.reset(&Reset::Snapshot(parameters.text("name").to_owned()))?;
    Ok(Done {})
}

pub(super) fn delete(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    emulator.delete_snapshot(parameters.text("name"))?;
    Ok(Done {})
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Origin {
    Empty,
    Seed,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    to: Origin,
}

pub(super) fn reset(emulator: &Emulator, _: &Parameters, Begin { to }: Begin) -> Result<Done, EmulatorError> {
    emulator.reset(match to {
        Origin::Empty => &Reset::Empty,
        Origin::Seed => &Reset::Seed,
    })?;
    Ok(Done {})
}
