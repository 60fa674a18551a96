//! Running the binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The backends that the binary was built with.
pub(crate) const BACKENDS: &[&str] =
    if cfg!(feature = "reqwest") { &["hyper", "reqwest"] } else { &["hyper"] };

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with nothing of this process's settings.
pub(crate) fn tcbctl(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tcbctl"));
    command.args(args).stdin(Stdio::null());
    // No profile of whoever runs the tests, and one language wherever they run.
    // Notes of deployments are for this process alone: ports come again.
    let state = format!("{}/state-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    command.env("XDG_STATE_HOME", state);
    command.env("XDG_CONFIG_HOME", "/nonexistent").env("LC_ALL", "C").current_dir(std::env::temp_dir());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TCBCTL_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the binary in this environment.
pub(crate) fn run(env: &[(&str, &str)], args: &[&str]) -> Run {
    let Output { status, stdout, stderr } = tcbctl(args).envs(env.iter().copied()).output().unwrap();
    Run {
        exit: status.code().expect("it ends by itself"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Lets nobody but its owner read a file.
pub(crate) fn owner_only(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}
