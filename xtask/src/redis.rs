//! `redis-server` for the tests that need one. Each starts its own, on a free port.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// The variable that has the tests leave themselves out that need `redis-server`.
pub(crate) const LEAVE_OUT: &str = "TCB_WITHOUT_REDIS";

/// Asked by package scripts whether a service may be started.
const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";

/// Sees to it that `redis-server` is on the PATH: installs it where that is possible without asking anybody.
pub(crate) fn provide() -> Result {
    if is_there() {
        return Ok(());
    }
    if is_root() && Path::new("/etc/debian_version").exists() {
        install()?;
    }
    if is_there() {
        return Ok(());
    }
    Err("redis-server is not on the PATH: install it (Debian: `apt-get install redis-server`), or leave its tests out with `--without redis`".into())
}

fn is_there() -> bool {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs the package, without the server that it would start on the usual port.
fn install() -> Result {
    println!("installing redis-server");
    let forbidden_here = !Path::new(SERVICE_POLICY).exists();
    if forbidden_here {
        fs::write(SERVICE_POLICY, "#!/bin/sh\nexit 101\n")?;
        workspace::run(command("chmod", &["755", SERVICE_POLICY]))?;
    }
    let installed = workspace::run(command("apt-get", &["update", "-qq"]))
        .and_then(|()| workspace::run(command("apt-get", &["install", "-qq", "-y", "redis-server"])));
    if forbidden_here {
        fs::remove_file(SERVICE_POLICY)?;
    }
    installed
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
