//! `cargo xtask deny`: licences, banned crates and sources of the dependencies, by `deny.toml`.
//!
//! Advisories are left out: they need a git host, and the rest needs none.

use crate::program::Tool;
use crate::{Result, workspace};

pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Installs cargo-deny when it is missing, and runs it.
pub(crate) fn run() -> Result {
    let mut deny = CARGO_DENY.command()?;
    deny.args(["check", "licenses", "bans", "sources"]);
    workspace::run(deny)
}
