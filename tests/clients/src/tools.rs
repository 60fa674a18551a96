//! Programs and packages of other languages, installed below `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What goes wrong is told to a person and handled by nobody.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The folder of this package.
pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the root manifest.
pub(crate) fn root() -> PathBuf {
    here().join("../..")
}

fn folder(name: &str) -> PathBuf {
    root().join("target/tools").join(name)
}

/// A virtual environment of Python with these packages, made when it is missing.
pub(crate) fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = folder(name);
    let python = folder.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        let made =
            venv.args(["-m", "venv"]).arg(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            // Half an environment would be taken for a whole one by the next run. Where there is
            // none, none can be removed.
            let _ = fs::remove_dir_all(&folder);
            return Err("Python's `venv` is missing: install Python 3 with it (Debian: python3-venv)".into());
        }
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    run(install)?;
    Ok(folder)
}

/// A folder with packages of npm, as a manifest of this folder names them.
pub(crate) fn npm(manifest: &str) -> Result<PathBuf> {
    let folder = folder(manifest.trim_end_matches(".json"));
    fs::create_dir_all(&folder)?;
    fs::copy(here().join(manifest), folder.join("package.json"))?;
    let mut install = Command::new("npm");
    install.args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder);
    run(install)?;
    Ok(folder)
}

/// The program of a folder that is a workspace of its own.
pub(crate) fn cargo(package: &str, program: &str) -> Result<PathBuf> {
    let target = folder(package);
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--manifest-path"]).arg(here().join(package).join("Cargo.toml"));
    run(build.arg("--target-dir").arg(&target).stderr(Stdio::inherit()).env_remove("CARGO_TARGET_DIR"))?;
    Ok(target.join("debug").join(program))
}

/// Runs a command that shows its own output; an error when it fails.
pub(crate) fn run(mut command: impl std::borrow::BorrowMut<Command>) -> Result {
    let command = command.borrow_mut();
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("`{program}` did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{program}` failed: {status}").into()) }
}
