//! `cargo xtask conformance`: an outside client against `tcbctl emu start`.
//!
//! wechatpy knows nothing of this project, so what it accepts is not merely what our own client expects. It comes from
//! Python's registry, and so this is no part of CI.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{Result, workspace};

/// The client, and the library of its message crypto: this version has lost the extra of that name.
const PACKAGES: &[&str] = &["wechatpy==2.0.0a26", "cryptography"];

pub(crate) fn run() -> Result {
    let python = virtual_environment()?;
    // Built first, so that the emulator's line does not wait for the compiler.
    workspace::run(workspace::cargo(&["build", "--quiet", "-p", "tcbctl"]))?;
    let start = ["run", "--quiet", "-p", "tcbctl", "--", "emu", "start", "--listen", "127.0.0.1:0"];
    let mut command = workspace::cargo(&start);
    let mut emulator = Killed(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    let line = first_line(&mut emulator.0)?;

    let script = workspace::root().join("xtask/conformance/chain.py");
    // `-B` leaves no compiled script behind in the source tree.
    let mut client = Command::new(python).arg("-B").arg(script).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = client.stdin.take() {
        // The line holds the platform's secrets, which a process list must not show. A client that ended early tells why itself.
        let _ = input.write_all(line.as_bytes());
    }
    let status = client.wait()?;
    if status.success() { Ok(()) } else { Err(format!("wechatpy did not get through: {status}").into()) }
}

/// The line in which the emulator says where it is.
fn first_line(emulator: &mut Child) -> Result<String> {
    let output = emulator.stdout.take().ok_or("the emulator's output is not there")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.starts_with('{') {
        Ok(line)
    } else {
        Err("`tcbctl emu start` did not say where it listens".into())
    }
}

/// The interpreter of a virtual environment with the client in it, made when it is missing.
fn virtual_environment() -> Result<PathBuf> {
    let folder = workspace::tools().join("conformance-venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        let made =
            venv.args(["-m", "venv"]).arg(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            // Half an environment would be taken for a whole one by the next run. Where there is none, none can be removed.
            let _ = std::fs::remove_dir_all(&folder);
            return Err("Python's `venv` is missing: install Python 3 with it (Debian: python3-venv)".into());
        }
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    workspace::run(install)?;
    Ok(python)
}

/// A process that ends with this value, however the run goes.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
