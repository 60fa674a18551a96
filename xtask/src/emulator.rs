//! `tcbctl emu start` for as long as a check needs it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use crate::{Result, workspace};

/// An emulator in a process of its own, which ends with this value.
pub(crate) struct Emulator {
    process: Child,
    /// The line in which it says where it is and what its platform's secrets are: a JSON object.
    pub(crate) line: String,
    /// Kept open: whoever writes to a closed pipe dies.
    output: BufReader<ChildStdout>,
}

impl Emulator {
    /// Builds and starts it on a free port.
    pub(crate) fn start() -> Result<Self> {
        // Built first, so that its line does not wait for the compiler.
        workspace::run(workspace::cargo(&["build", "--quiet", "-p", "tcbctl"]))?;
        let start = ["run", "--quiet", "-p", "tcbctl", "--", "emu", "start", "--listen", "127.0.0.1:0"];
        let mut command = workspace::cargo(&start);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let Some(output) = process.stdout.take() else {
            return Err("the emulator's output is not there".into());
        };
        let mut emulator = Self { process, line: String::new(), output: BufReader::new(output) };
        emulator.output.read_line(&mut emulator.line)?;
        if emulator.line.starts_with('{') {
            Ok(emulator)
        } else {
            Err("`tcbctl emu start` did not say where it listens".into())
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
