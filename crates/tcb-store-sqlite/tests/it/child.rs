//! Processes of the tests' own: this binary once more, with one test, which finds that it is the
//! child.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};

const DATABASE: &str = "TCB_STORE_SQLITE_CHILD";
/// Before each line of a child, whose test harness prints lines too.
const SIGN: &str = "@ ";

/// The file to work on, if this is a child.
pub(crate) fn database() -> Option<PathBuf> {
    env::var_os(DATABASE).map(PathBuf::from)
}

/// Tells the parent.
pub(crate) fn say(line: &str) {
    // The harness leaves its own line open.
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "\n{SIGN}{line}\n").and_then(|()| stdout.flush()).unwrap();
}

/// A child, which ends with its owner.
pub(crate) struct Child {
    process: std::process::Child,
    stdout: BufReader<ChildStdout>,
}

impl Child {
    /// Runs `test`, by its path in this binary, on `database`.
    pub(crate) fn run(test: &str, database: &Path) -> Self {
        Self::spawn(Command::new(env::current_exe().unwrap()), test, database)
    }

    /// The same where new files are open to everybody.
    #[cfg(unix)]
    pub(crate) fn run_without_umask(test: &str, database: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
        Self::spawn(shell, test, database)
    }

    fn spawn(mut command: Command, test: &str, database: &Path) -> Self {
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(DATABASE, database);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Self { process, stdout }
    }

    /// What the child says next, `None` when it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).unwrap() > 0 {
            // A line that was cut off by the end of the child was not said.
            if let Some(said) = line.strip_prefix(SIGN).and_then(|said| said.strip_suffix('\n')) {
                return Some(said.to_owned());
            }
            line.clear();
        }
        None
    }

    /// Sends it SIGKILL, which on other systems is what they have.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
