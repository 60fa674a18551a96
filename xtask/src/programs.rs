//! `cargo xtask programs`: the SDK in other people's programs, beside crates that it has in common
//! with them.
//!
//! Cargo unites the features of a crate and lets one crate link a library of C, so that a program
//! can break by what a library below it asks for. Each program here is a workspace of its own, for
//! the same reason.

use std::fs;
use std::path::{Path, PathBuf};

use crate::steps::Steps;
use crate::{Result, workspace};

/// The features with which `tests/programs/own-reqwest` has to run.
const OWN_REQWEST: &[&str] = &["api", "api,reqwest-backend", "reqwest-backend", "api,reqwest-backend,gzip"];

/// Who links SQLite too: a name, and the dependency of a program that has the SQLite store and the
/// fleet's journal as well.
const SQLITE: &[(&str, &str)] = &[
    (OLDEST, r#"rusqlite = { version = "0.32", default-features = false }"#),
    ("rusqlite-0.36", r#"rusqlite = "0.36""#),
    ("rusqlite-0.40", r#"rusqlite = "0.40""#),
    ("sqlx-0.8", r#"sqlx = { version = "0.8", default-features = false, features = ["sqlite"] }"#),
    ("sqlx-0.9", r#"sqlx = { version = "0.9", default-features = false, features = ["sqlite"] }"#),
    ("tokio-rusqlite-0.7", r#"tokio-rusqlite = "0.7""#),
    ("diesel-2", r#"diesel = { version = "2.3", default-features = false, features = ["sqlite"] }"#),
];

/// The oldest of them, for which the code of both has to be right; for the newest the workspace's
/// own lock file stands.
const OLDEST: &str = "rusqlite-0.32";

pub(crate) fn run() -> Result {
    let mut steps = Steps::default();
    for features in OWN_REQWEST {
        steps.run(&format!("a reqwest of its own, with {features}"), || own_reqwest(features));
    }
    for (name, dependency) in SQLITE {
        steps.run(&format!("the SQLite store beside {name}"), || lock(name, dependency));
    }
    steps.run(&format!("the SQLite store and journal over {OLDEST}"), || {
        let both = ["-p", "tcb-store-sqlite", "-p", "tcb-fleet"];
        in_shared_target(&["check", "--quiet"], &folder(OLDEST), &both)
    });
    steps.finish()
}

fn own_reqwest(features: &str) -> Result {
    let program = workspace::root().join("tests/programs/own-reqwest");
    in_shared_target(&["run", "--quiet"], &program, &["--features", features])
}

/// Lets cargo choose versions for a program with the store and one other crate that links SQLite.
fn lock(name: &str, dependency: &str) -> Result {
    let folder = folder(name);
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::write(folder.join("Cargo.toml"), manifest(dependency))?;
    let manifest = folder.join("Cargo.toml").display().to_string();
    workspace::run(workspace::cargo(&["generate-lockfile", "--quiet", "--manifest-path", &manifest]))
}

fn folder(name: &str) -> PathBuf {
    workspace::root().join("target/programs").join(name)
}

fn manifest(dependency: &str) -> String {
    let ours = ["tcb-store-sqlite", "tcb-fleet"].map(|name| {
        let path = workspace::root().join("crates").join(name).display().to_string();
        format!("{name} = {{ path = {path:?} }}\n")
    });
    format!(
        "[package]\nname = \"neighbours\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{}{dependency}\n\n[profile.dev]\ndebug = false\n",
        ours.concat()
    )
}

/// Calls cargo for the program in `folder`, with the versions that the workspace is tested with, as
/// far as the program takes them. What both have in common is not built again.
fn in_shared_target(command: &[&str], folder: &Path, rest: &[&str]) -> Result {
    fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let manifest = folder.join("Cargo.toml").display().to_string();
    let mut cargo = workspace::cargo(&[command, &["--manifest-path", &manifest], rest].concat());
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        cargo.env("CARGO_TARGET_DIR", workspace::root().join("target"));
    }
    workspace::run(cargo)
}
