//! Tools and clients that others wrote, which `tests/clients` drives.

use crate::{Result, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What `tcb-clients` takes; `-- --help` lists it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(command: &str, args: &Args) -> Result {
    let mut cargo = workspace::cargo(&["run", "--quiet", "-p", "tcb-clients", "--", command]);
    cargo.args(&args.args);
    workspace::run(cargo)
}

/// Validates an OpenAPI document with the public validator.
pub(crate) fn validate(document: &std::path::Path) -> Result {
    run("validate", &Args { args: vec![document.display().to_string()] })
}
