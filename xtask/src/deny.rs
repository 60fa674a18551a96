//! `cargo xtask deny`: licences, banned crates and sources of the dependencies, by `deny.toml`.
//!
//! Advisories are left out: they need a git host, and the rest needs none.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, workspace};

const VERSION: &str = "0.20.2";

/// Installs cargo-deny when it is missing, and runs it.
pub(crate) fn run() -> Result {
    if !is_installed() {
        println!("installing cargo-deny {VERSION} below target/tools; this takes some minutes, once");
        let mut install =
            workspace::cargo(&["install", "cargo-deny", "--locked", "--version", VERSION, "--root"]);
        install.arg(workspace::tools());
        workspace::run(install)?;
    }
    let mut deny = Command::new(program());
    deny.current_dir(workspace::root()).args(["check", "licenses", "bans", "sources"]);
    workspace::run(deny)
}

/// Whether the pinned version is there.
pub(crate) fn is_installed() -> bool {
    let version = Command::new(program()).arg("--version").output();
    version.is_ok_and(|output| output.stdout.ends_with(format!(" {VERSION}\n").as_bytes()))
}

fn program() -> PathBuf {
    workspace::tools().join("bin/cargo-deny")
}
