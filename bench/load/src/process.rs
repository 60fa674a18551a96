//! Other processes: this program in the role of a server or of a client.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::time::Duration;

use tcb_bench_counts::server;

/// A process that is talked with line by line. It ends with this value.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program in another role, on one core where `taskset` can see to that.
    pub(crate) fn start(core: usize, role: &[&str]) -> Self {
        let program = env::current_exe().unwrap();
        let mut command = Command::new(if can_pin() { "taskset".as_ref() } else { program.as_os_str() });
        if can_pin() {
            command.args(["-c", &core.to_string()]).arg(&program);
        }
        let mut child = command.args(role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// Says a line, and gives the next one that it says.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "{:?} has ended", self.child);
        line.trim_end().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there are two cores, and `taskset` to use one of them.
pub(crate) fn can_pin() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    cores > 1 && found.is_ok_and(|status| status.success())
}

/// The server in a process of its own.
pub(crate) struct Server {
    _process: Process,
    pub(crate) address: String,
}

impl Server {
    /// Starts it; a token takes so long.
    pub(crate) fn start(core: usize, token_delay: Duration) -> Self {
        let mut process = Process::start(core, &["serve", &token_delay.as_millis().to_string()]);
        let address = process.hear();
        Self { _process: process, address }
    }
}

/// Serves until the standard input ends.
pub(crate) fn serve(token_delay_millis: &str) {
    let token_delay = Duration::from_millis(token_delay_millis.parse().unwrap());
    std::thread::spawn(|| {
        let _ = std::io::stdin().lines().next();
        exit(0);
    });
    server::serve(Duration::ZERO, token_delay).unwrap();
}
