//! `cargo xtask openapi`: the catalogue as an OpenAPI document, which tools of any language read.
//!
//! It says what the documentation says, not what the Rust types are; `cargo xtask catalogue check`
//! compares those two.

use std::fs;
use std::path::PathBuf;

use tcb_catalogue::Catalogue;

use crate::{Result, clients, workspace};

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
    let path = args.output.clone().unwrap_or_else(|| workspace::root().join("target/openapi.json"));
    fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
    fs::write(&path, format!("{:#}\n", Catalogue::get().to_openapi()))?;
    println!("{} written", path.display());
    if args.validate { clients::validate(&path) } else { Ok(()) }
}
