//! `cargo xtask openapi`: the catalogue as an OpenAPI document, which tools of any language read.
//!
//! It says what the documentation says, not what the Rust types are; `cargo xtask catalogue check`
//! compares those two.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tcb_catalogue::Catalogue;

use crate::{Result, python, workspace};

/// The public validator, with the official schema of OpenAPI 3.1 in it.
const VALIDATOR: &[&str] = &["openapi-spec-validator==0.9.0"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to write the document; without it, below `target`.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Validates the document against the official schema too. Needs Python and its registry.
    #[arg(long)]
    validate: bool,
}

pub(crate) fn run(args: &Args) -> Result {
    let path = args.output.clone().unwrap_or_else(usual_path);
    write(&path)?;
    println!("{} written", path.display());
    if args.validate { validate(&path) } else { Ok(()) }
}

pub(crate) fn usual_path() -> PathBuf {
    workspace::root().join("target/openapi.json")
}

/// Writes the document.
pub(crate) fn write(path: &Path) -> Result {
    fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
    Ok(fs::write(path, format!("{:#}\n", Catalogue::get().to_openapi()))?)
}

fn validate(path: &Path) -> Result {
    let environment = python::environment("openapi-venv", VALIDATOR)?;
    let mut validator = Command::new(environment.join("bin/openapi-spec-validator"));
    validator.args(["--schema", "3.1", "--validation-errors", "all", "--subschema-errors", "all"]);
    validator.arg(path);
    workspace::run(validator)
}
