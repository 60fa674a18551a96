//! Outside tools that come from Python's registry. No part of CI, which has no such registry.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// The folder of a virtual environment with these packages, made when it is missing.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = workspace::tools().join(name);
    let python = folder.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        let made =
            venv.args(["-m", "venv"]).arg(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            // Half an environment would be taken for a whole one by the next run. Where there is
            // none, none can be removed.
            let _ = std::fs::remove_dir_all(&folder);
            return Err("Python's `venv` is missing: install Python 3 with it (Debian: python3-venv)".into());
        }
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    workspace::run(install)?;
    Ok(folder)
}

/// Lets a script of `tests/clients` run in an environment; it reads `line` from its standard
/// input.
pub(crate) fn script(environment: &Path, name: &str, args: &[&str], line: &str) -> Result {
    let script = workspace::root().join("tests/clients").join(name);
    let mut python = Command::new(environment.join("bin/python"));
    // `-B` leaves no compiled script behind in the source tree.
    python.current_dir(workspace::root()).arg("-B").arg(script).args(args).stdin(Stdio::piped());
    let mut script = python.spawn()?;
    if let Some(mut input) = script.stdin.take() {
        // The line holds secrets, which a process list must not show. A script that ended early
        // tells why itself.
        let _ = input.write_all(line.as_bytes());
    }
    let status = script.wait()?;
    if status.success() { Ok(()) } else { Err(format!("{name} did not get through: {status}").into()) }
}
