//! Other processes: servers and clients.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;

use crate::protocol::{Greeting, Sample};

/// A process that is talked with line by line. It ends with this value.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Ok(Self { child, input, output })
    }

    pub(crate) fn say(&mut self, line: &str) {
        // One that has ended is noticed when its answer is missing.
        let _ = writeln!(self.input, "{line}");
    }

    /// The next line; `None` when the process has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    }

    fn hear_json<T: DeserializeOwned>(&mut self) -> Option<T> {
        serde_json::from_str(&self.hear()?).ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program in another role.
pub(crate) fn ourselves(arguments: &[&str]) -> Vec<String> {
    let program = env::current_exe().unwrap().to_string_lossy().into_owned();
    std::iter::once(program).chain(arguments.iter().map(ToString::to_string)).collect()
}

/// A command that runs on one core, where `taskset` can see to that.
pub(crate) fn on_core(core: usize, words: &[String]) -> Command {
    let mut pinned = Command::new(if can_pin() { "taskset" } else { &words[0] });
    if can_pin() {
        pinned.args(["-c", &core.to_string(), &words[0]]);
    }
    pinned.args(&words[1..]);
    pinned
}

/// Whether there are two cores, and `taskset` to use one of them.
pub(crate) fn can_pin() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    cores > 1 && found.is_ok_and(|status| status.success())
}

/// The minimal server in a process of its own.
pub(crate) struct Server {
    _process: Process,
    pub(crate) base_url: String,
}

impl Server {
    pub(crate) fn start(core: usize, token_delay_millis: u64) -> Self {
        let words = ourselves(&["serve", "--token-delay", &token_delay_millis.to_string()]);
        let mut process = Process::start(on_core(core, &words)).unwrap();
        let base_url = process.hear().unwrap();
        Self { _process: process, base_url }
    }
}

/// A client in a process of its own.
pub(crate) struct Client {
    process: Process,
    /// What it is, with the version.
    pub(crate) is: String,
}

impl Client {
    pub(crate) fn start(command: Command) -> Self {
        let mut process = Process::start(command).unwrap();
        let greeting: Greeting = process.hear_json().unwrap();
        Self { process, is: greeting.is }
    }

    /// Lets it make calls.
    pub(crate) fn run(&mut self, in_flight: usize, calls: u64) -> Sample {
        self.process.say(&format!("{in_flight} {calls}"));
        self.process.hear_json().unwrap()
    }
}
