//! `cargo xtask schemathesis`: calls that a machine makes up from the OpenAPI document, against
//! `tcbctl emu start`.
//!
//! Two things are tested: the emulator, which must not break whatever it is sent, and the document,
//! whose schemas have to allow what the emulator answers. schemathesis comes from Python's
//! registry, and so this is no part of CI.

use crate::server::Server;
use crate::{Result, openapi, python};

const PACKAGES: &[&str] = &["schemathesis==4.32.5"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Most calls that are made up for an operation, beside the official samples.
    #[arg(long, default_value_t = 20)]
    examples: u32,
}

pub(crate) fn run(args: &Args) -> Result {
    let document = openapi::usual_path();
    openapi::write(&document)?;
    let environment = python::environment("schemathesis-venv", PACKAGES)?;
    let emulator = Server::emulator()?;
    python::script(
        &environment,
        "made_up_calls.py",
        &[&document.display().to_string(), &args.examples.to_string()],
        &emulator.line,
    )
}
