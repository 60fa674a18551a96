//! Programs that some checks need beside a Rust toolchain.

use std::fs;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// Whether the program is on the PATH, or where Debian keeps those of `PostgreSQL`.
pub(crate) fn is_there(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let mut apart = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    version.is_ok_and(|status| status.success())
        || apart.any(|version| version.path().join("bin").join(program).exists())
}

/// An error with a hint when the program is not there. It is never installed here.
pub(crate) fn require(program: &str) -> Result {
    if is_there(program) {
        return Ok(());
    }
    Err(format!("{program} is not there\nhint: on Debian, `.ci/setup` installs it").into())
}

/// A program of the crates registry, in the version that is known to work.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// A call of it in the root folder. It is built below `target/tools` first when it is missing.
    pub(crate) fn command(&self) -> Result<Command> {
        let Self { name, version } = self;
        if !self.is_installed() {
            println!("installing {name} {version} below target/tools; this takes some minutes, once");
            let mut install =
                workspace::cargo(&["install", name, "--locked", "--version", version, "--root"]);
            install.arg(workspace::tools());
            workspace::run(install)?;
        }
        let mut command = Command::new(workspace::tools().join("bin").join(name));
        command.current_dir(workspace::root());
        Ok(command)
    }

    /// Whether this version is there.
    pub(crate) fn is_installed(&self) -> bool {
        let mut list = workspace::cargo(&["install", "--list", "--root"]);
        list.arg(workspace::tools());
        let line = format!("{} v{}:", self.name, self.version);
        workspace::output(list).is_ok_and(|list| list.lines().any(|listed| listed == line))
    }
}
