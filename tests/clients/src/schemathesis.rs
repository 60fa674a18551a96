//! Calls that a machine makes up from the OpenAPI document.
//!
//! Two things are tested: the emulator, which must not break whatever it is sent, and the document,
//! whose schemas have to allow what the emulator answers.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tcb_catalogue::Catalogue;
use tcb_emulator::Emulator;
use tokio::io::AsyncWriteExt as _;

use crate::tools::{self, Result};

const PACKAGES: &[&str] = &["schemathesis==4.32.5"];
/// The public validator, with the official schema of OpenAPI 3.1 in it.
const VALIDATOR: &[&str] = &["openapi-spec-validator==0.9.0"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Most calls that are made up for an operation, beside the official samples.
    #[arg(long, default_value_t = 20)]
    examples: u32,
    /// Only operations whose paths contain this.
    #[arg(long)]
    only: Option<String>,
}

pub(crate) async fn run(args: &Args) -> Result {
    let environment = tools::python("schemathesis", PACKAGES)?;
    let folder = tempfile::tempdir()?;
    let document = folder.path().join("openapi.json");
    fs::write(&document, Catalogue::get().to_openapi().to_string())?;
    let emulator = Emulator::start().await?;
    let platform = emulator.component();
    let line = json!({
        "base_url": emulator.base_url(),
        "admin_url": emulator.admin_url(),
        "component_appid": platform.app_id,
        "component_appsecret": platform.secret.expose(),
    });
    let mut script = tokio::process::Command::new(environment.join("bin/python"));
    // `-B` leaves no compiled script behind in the source tree.
    script.arg("-B").arg(tools::here().join("made_up_calls.py")).arg(&document);
    script.arg(args.examples.to_string()).args(&args.only).stdin(Stdio::piped());
    let mut script = script.spawn()?;
    if let Some(mut input) = script.stdin.take() {
        // The line holds secrets, which a process list must not show. A script that ended early
        // tells why itself.
        let _ = input.write_all(format!("{line}\n").as_bytes()).await;
    }
    let status = script.wait().await?;
    if status.success() { Ok(()) } else { Err(format!("schemathesis did not get through: {status}").into()) }
}

pub(crate) fn validate(document: &Path) -> Result {
    let environment = tools::python("openapi", VALIDATOR)?;
    let mut validator = Command::new(environment.join("bin/openapi-spec-validator"));
    validator.args(["--schema", "3.1", "--validation-errors", "all", "--subschema-errors", "all"]);
    tools::run(validator.arg(document))
}
