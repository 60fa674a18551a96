//! `cargo xtask catalogue coverage`: `docs/emulator-coverage.md`, every endpoint with how far the
//! emulator has it. The emulator writes the page itself, from the table that routes.

use crate::{Result, generated, workspace};

pub(super) fn run(check: bool) -> Result {
    let example = ["run", "--quiet", "-p", "tcb-emulator", "--example", "coverage"];
    let page = workspace::output(workspace::cargo(&example))?;
    generated::write("docs/emulator-coverage.md", &page, "catalogue coverage", check)
}
