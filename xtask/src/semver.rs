//! `cargo xtask semver`: whether the libraries still keep what their newest release promised.

use std::process::Command;

use crate::program::Tool;
use crate::{Result, workspace};

const CARGO_SEMVER_CHECKS: Tool = Tool { name: "cargo-semver-checks", version: "0.51.0" };

/// Installs cargo-semver-checks when it is missing, and compares the public items with those at the
/// newest tag `v*`. Before the first one there is nothing to keep.
pub(crate) fn run() -> Result {
    let mut tags = Command::new("git");
    tags.current_dir(workspace::root()).args([
        "tag",
        "--merged=HEAD",
        "--sort=-version:refname",
        "--list",
        "v*",
    ]);
    let tags = workspace::output(tags)?;
    let Some(newest) = tags.lines().next() else {
        println!("there is no tag v* yet, so there is nothing to compare with");
        return Ok(());
    };
    let mut checks = CARGO_SEMVER_CHECKS.command()?;
    checks.args(["semver-checks", "--workspace", "--baseline-rev", newest]);
    workspace::run(checks)
}
