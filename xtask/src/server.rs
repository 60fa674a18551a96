//! Programs that listen for as long as a check needs them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::{Result, workspace};

/// A process that begins by saying where it listens, and ends with this value.
pub(crate) struct Server {
    process: Child,
    /// What it has said.
    pub(crate) line: String,
    /// Kept open: whoever writes to a closed pipe dies.
    output: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the output of a server is not there")?;
        let mut server = Self { process, line: String::new(), output: BufReader::new(output) };
        server.output.read_line(&mut server.line)?;
        if server.line.is_empty() {
            return Err(format!("`{}` did not say where it listens", workspace::typed(&command)).into());
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
