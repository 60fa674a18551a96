//! Where the workspace is and how cargo is called in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What goes wrong is told to a person and handled by nobody.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The folder of the root manifest.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where outside tools are installed. Not below `CARGO_TARGET_DIR`, so that all target folders
/// share them.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A call of cargo in the root folder.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    // `cargo run` describes xtask in these variables. Build scripts that watch them (ring's does)
    // would run again whenever xtask and a person's own cargo take turns.
    for (name, _) in env::vars_os() {
        let described = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || ["CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&name)
        });
        if described {
            command.env_remove(name);
        }
    }
    command
}

/// A command as a person would type it, for messages.
pub(crate) fn typed(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command that shows its own output; an error when it fails.
pub(crate) fn run(mut command: Command) -> Result {
    let status = command.status().map_err(|error| format!("`{}` did not start: {error}", typed(&command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", typed(&command)).into()) }
}

/// Runs a command and gives what it wrote to its standard output; its standard error is shown.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`{}` did not start: {error}", typed(&command)))?;
    if !output.status.success() {
        return Err(format!("`{}` failed: {}", typed(&command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Builds a program as it is measured, and gives its path.
pub(crate) fn measured(package: &str) -> Result<PathBuf> {
    built(package, &["--profile", "bench", "-p", package])
}

/// Builds a program out of what the tests are built from, and gives its path.
pub(crate) fn tested(package: &str) -> Result<PathBuf> {
    built(package, &["--workspace", "--all-features", "--bin", package])
}

fn built(package: &str, how: &[&str]) -> Result<PathBuf> {
    let messages =
        output(cargo(&[&["build", "--quiet", "--message-format", "json-render-diagnostics"], how].concat()))?;
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    };
    messages.lines().find_map(executable).ok_or_else(|| format!("cargo built no {package}").into())
}

/// An error with all that it comes from.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
