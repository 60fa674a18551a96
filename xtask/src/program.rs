//! Programs that some checks need beside a Rust toolchain.

use std::process::{Command, Stdio};

use crate::Result;

/// Whether the program is on the PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// An error with a hint when the program is not there. It is never installed here.
pub(crate) fn require(program: &str) -> Result {
    if is_there(program) {
        return Ok(());
    }
    Err(format!("{program} is not on the PATH\nhint: on Debian, `.ci/setup` installs it").into())
}
