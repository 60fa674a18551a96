//! Environments, when resources are usable, and how often they may be asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::instruction::{Done, Nothing, Parameters, invalid};
use crate::{Emulator, EmulatorError, Resource, Transition};

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Transitions {
    transitions: BTreeMap<Resource, Transition>,
}

pub(super) fn transitions(emulator: &Emulator, _: &Parameters) -> Result<Transitions, EmulatorError> {
    Ok(Transitions { transitions: emulator.transitions() })
}

pub(super) fn set_transitions(
    emulator: &Emulator,
    parameters: &Parameters,
    body: Transitions,
) -> Result<Transitions, EmulatorError> {
    for (resource, transition) in body.transitions {
        emulator.set_transition(resource, transition);
    }
    transitions(emulator, parameters)
}

pub(super) fn finish(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    let resource = serde_json::from_value(json!(parameters.text("resource")));
    emulator.finish(resource.map_err(|_| invalid("there is no such kind of resource"))?);
    Ok(Done {})
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ConsoleEnvironment {
    env: String,
}

pub(super) fn add_console_environment(
    emulator: &Emulator,
    _: &Parameters,
    body: ConsoleEnvironment,
) -> Result<Done, EmulatorError> {
    emulator.add_console_environment(body.env);
    Ok(Done {})
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct EnvironmentState {
    halted: bool,
}

pub(super) fn halt(
    emulator: &Emulator,
    parameters: &Parameters,
    body: EnvironmentState,
) -> Result<Done, EmulatorError> {
    emulator.halt_environment(&parameters.id("env"), body.halted)?;
    Ok(Done {})
}

pub(super) fn destroy(
    emulator: &Emulator,
    parameters: &Parameters,
    _: Nothing,
) -> Result<Done, EmulatorError> {
    emulator.destroy_environment(&parameters.id("env"))?;
    Ok(Done {})
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Quotas {
    quotas: BTreeMap<String, u64>,
}

pub(super) fn quotas(emulator: &Emulator, _: &Parameters) -> Result<Quotas, EmulatorError> {
    Ok(Quotas { quotas: emulator.quotas() })
}

pub(super) fn set_quotas(
    emulator: &Emulator,
    parameters: &Parameters,
    Quotas { quotas: limits }: Quotas,
) -> Result<Quotas, EmulatorError> {
    limits.keys().try_for_each(|path| Emulator::check_path(path))?;
    limits.into_iter().try_for_each(|(path, limit)| emulator.set_quota(&path, limit))?;
    quotas(emulator, parameters)
}
