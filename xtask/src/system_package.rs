//! Programs from the system's packages that some checks need.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// Asked by package scripts whether a service may be started.
const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";

/// Sees to it that a program is on the PATH whose package has its name: installs it where that is possible without asking anybody.
pub(crate) fn provide(program: &str) -> Result {
    if is_there(program) {
        return Ok(());
    }
    if is_root() && Path::new("/etc/debian_version").exists() {
        install(program)?;
    }
    if is_there(program) {
        return Ok(());
    }
    Err(format!("{program} is not on the PATH: install it (Debian: `apt-get install {program}`)").into())
}

fn is_there(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs the package, without starting the service that it may bring.
fn install(package: &str) -> Result {
    println!("installing {package}");
    let forbidden_here = !Path::new(SERVICE_POLICY).exists();
    if forbidden_here {
        fs::write(SERVICE_POLICY, "#!/bin/sh\nexit 101\n")?;
        workspace::run(command("chmod", &["755", SERVICE_POLICY]))?;
    }
    let installed = workspace::run(command("apt-get", &["update", "-qq"])).and_then(|()| {
        workspace::run(command("apt-get", &["install", "-qq", "-y", "--no-install-recommends", package]))
    });
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
