//! `cargo xtask openapi`: the catalogue as an OpenAPI document, which tools of any language read.
//!
//! It says what the documentation says, not what the Rust types are; `cargo xtask catalogue check` compares those two.

mod document;
mod schema;

use std::process::Command;

use serde_json::Value;
use tcb_catalogue::Catalogue;

use crate::{Result, generated, python, workspace};

pub(crate) const PATH: &str = "docs/openapi.json";

/// The public validator, with the official schema of OpenAPI 3.1 in it.
const VALIDATOR: &[&str] = &["openapi-spec-validator==0.9.0"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Writes nothing; fails when the document is not what it would write.
    #[arg(long)]
    check: bool,
    /// Validates the document against the official schema too. Needs Python and its registry.
    #[arg(long)]
    validate: bool,
}

pub(crate) fn run(args: &Args) -> Result {
    check(args.check)?;
    if args.validate { validate() } else { Ok(()) }
}

/// Writes the document, or compares it.
pub(crate) fn check(check: bool) -> Result {
    let document = sorted(document::document(Catalogue::get()));
    let text = format!("{}\n", serde_json::to_string_pretty(&document)?);
    generated::write(PATH, &text, "openapi", check)
}

fn validate() -> Result {
    let environment = python::environment("openapi-venv", VALIDATOR)?;
    let mut validator = Command::new(environment.join("bin/openapi-spec-validator"));
    validator.current_dir(workspace::root()).args([
        "--schema",
        "3.1",
        "--validation-errors",
        "all",
        "--subschema-errors",
        "all",
        PATH,
    ]);
    workspace::run(validator)
}

/// The same value with the members of all objects in alphabetical order. `serde_json` keeps another order when any crate of the
/// build switches that on, and the document must not depend on it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        plain => plain,
    }
}
