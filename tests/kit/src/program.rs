//! Programs that some tests need and not every machine has.

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Where set, a test that would have to be left out fails.
const REQUIRE_ALL: &str = "TCB_REQUIRE_ALL_TESTS";

/// Names a file, to which each test that is left out adds a line.
const LEFT_OUT: &str = "TCB_TESTS_LEFT_OUT";

/// Whether `program` is on the PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Notes that the test of this thread is left out for want of `program`.
pub(crate) fn leave_out(program: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test} needs {program}, which is not on the PATH\n");
    assert!(env::var_os(REQUIRE_ALL).is_none(), "{line}");
    // Not by a macro: what these print, a test that passes keeps to itself.
    let _ = std::io::stderr().write_all(format!("left out: {line}").as_bytes());
    if let Some(path) = env::var_os(LEFT_OUT) {
        File::options().create(true).append(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// Sends a signal, as `STOP`, to a process. Returns whether there was one.
pub fn signal(process: u32, signal: &str) -> bool {
    // A builtin of the shell: the program is not on every machine.
    let kill = format!("kill -{signal} {process} 2>/dev/null");
    Command::new("sh").arg("-c").arg(kill).status().is_ok_and(|status| status.success())
}
