//! What is built, and what has happened.

use serde::Serialize;
use serde_json::Value;
use tcb_types::ComponentAppId;

use super::clock::now;
use super::instruction::{Parameters, invalid};
use crate::coverage::{self, OperationCoverage};
use crate::record::{Counters, Finding};
use crate::{Emulator, EmulatorError, Trace};

/// Requests that are told at once.
const TOLD: usize = 200;

/// The OpenAPI document of the admin API; a test makes it from the table of routes.
const DOCUMENT: &str = include_str!("openapi.json");

pub(super) fn document(_: &Emulator, _: &Parameters) -> Result<Value, EmulatorError> {
    serde_json::from_str(DOCUMENT).map_err(|error| invalid(&error.to_string()))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Health {
    status: &'static str,
    seed: u64,
    now: u64,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    component_appid: Option<ComponentAppId>,
    /// The file with the certificate that clients have to trust for HTTPS.
    certificate: Option<String>,
}

pub(super) fn health(emulator: &Emulator, _: &Parameters) -> Result<Health, EmulatorError> {
    let component_appid = emulator.first_platform();
    let certificate = emulator.certificate().map(|path| path.display().to_string());
    Ok(Health { status: "ok", seed: emulator.seed(), now: now(emulator), component_appid, certificate })
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Operations {
    operations: Vec<OperationCoverage>,
}

pub(super) fn operations(_: &Emulator, _: &Parameters) -> Result<Operations, EmulatorError> {
    Ok(Operations { operations: coverage::list() })
}

pub(super) fn counters(emulator: &Emulator, _: &Parameters) -> Result<Counters, EmulatorError> {
    Ok(emulator.counters())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TotalMints {
    total_mints: u64,
}

pub(super) fn total_mints(emulator: &Emulator, _: &Parameters) -> Result<TotalMints, EmulatorError> {
    Ok(TotalMints { total_mints: emulator.total_mints() })
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Mints {
    mints: u64,
}

pub(super) fn mints(emulator: &Emulator, parameters: &Parameters) -> Result<Mints, EmulatorError> {
    Ok(Mints { mints: emulator.mints(parameters.text("appid")) })
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Findings {
    findings: Vec<Finding>,
}

pub(super) fn findings(emulator: &Emulator, _: &Parameters) -> Result<Findings, EmulatorError> {
    Ok(Findings { findings: emulator.findings() })
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Requests {
    requests: Vec<Trace>,
}

pub(super) fn trace(emulator: &Emulator, _: &Parameters) -> Result<Requests, EmulatorError> {
    Ok(Requests { requests: emulator.trace(None, TOLD) })
}

pub(super) fn explain(emulator: &Emulator, parameters: &Parameters) -> Result<Trace, EmulatorError> {
    emulator.explain(parameters.text("rid"))
}
