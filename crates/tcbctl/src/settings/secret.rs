//! What leads to a secret, and reading it from there.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tcb_types::Secret;

use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

/// What leads to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    Variable(&'a str),
    File(&'a str),
    Command(&'a str),
}

impl<'a> Reference<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "env" => Some(Self::Variable(rest)),
            "file" => Some(Self::File(rest)),
            "exec" => Some(Self::Command(rest)),
            _ => None,
        }
    }
}

/// The secret that `text` leads to; `None` when it is no reference.
pub(crate) fn led_to(name: &str, text: &str) -> Result<Option<Secret>, Box<Failure>> {
    match Reference::parse(text) {
        None => Ok(None),
        Some(Reference::File(path)) => read_file(name, Path::new(path)).map(Some),
        Some(Reference::Command(command)) => run(name, command).map(Some),
        Some(Reference::Variable(variable)) => match std::env::var(variable) {
            Ok(secret) if !secret.is_empty() => Ok(Some(Secret::new(secret))),
            _ => Err(Failure::config(say!(
                "{name}: the variable {variable} is not set",
                "{name}：环境变量 {variable} 未设置"
            ))),
        },
    }
}

/// What a command prints. No shell reads it: words are parted by spaces.
pub(super) fn run(name: &str, command: &str) -> Result<Secret, Box<Failure>> {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let failed = |what: String| {
        Failure::config(say!(
            "{name}: the command {program} failed: {what}",
            "{name}：命令 {program} 失败：{what}"
        ))
    };
    let output = Command::new(program).args(words).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| failed(of_system(&error)))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    match String::from_utf8_lossy(&output.stdout).trim() {
        "" => Err(failed(say!("it printed nothing", "没有输出"))),
        secret => Ok(Secret::new(secret)),
    }
}

pub(super) fn read_file(name: &str, path: &Path) -> Result<Secret, Box<Failure>> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        Failure::config(say!(
            "{name}: {shown} cannot be read: {error}",
            "{name}：无法读取 {shown}：{error}",
            error = of_system(&error)
        ))
    };
    let mut file = File::open(path).map_err(unreadable)?;
    check_readers(name, path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    match text.trim() {
        "" => Err(Failure::config(say!("{name}: {shown} is empty", "{name}：{shown} 是空文件"))),
        secret => Ok(Secret::new(secret)),
    }
}

/// Refuses a secret that others can read, if it is the caller who can change that: the file is the
/// caller's own and can be written. What is mounted into a container is neither.
#[cfg(unix)]
fn check_readers(name: &str, path: &Path, file: &File) -> Result<(), Box<Failure>> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::StatVfsMountFlags;

    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        Failure::config(say!(
            "{name}: {shown} cannot be examined: {error}",
            "{name}：无法检查 {shown}：{error}",
            error = of_system(&error)
        ))
    };
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.mode() & 0o777;
    let is_ours_alone = mode.trailing_zeros() >= 6;
    if !metadata.is_file() || is_ours_alone || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let mount = rustix::fs::fstatvfs(file).map_err(|error| unreadable(error.into()))?;
    if mount.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(());
    }
    let message = say!(
        "{name}: {shown} is open to other users (mode {mode:o})",
        "{name}：{shown} 可被其他用户读取（权限 {mode:o}）"
    );
    Err(Failure::config(message).hint(format!("chmod 600 {shown}")))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
fn check_readers(_name: &str, _path: &Path, _file: &File) -> Result<(), Box<Failure>> {
    Ok(())
}

/// Whether a file is ours and others have rights in it.
#[cfg(unix)]
pub(crate) fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let us = rustix::process::geteuid().as_raw();
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.uid() == us && found.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_open(_path: &Path) -> bool {
    false
}

/// Takes the rights of others from a file. Returns whether there were any and it could be done.
#[cfg(unix)]
pub(super) fn close(path: &Path) -> bool {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    is_open(path) && set_permissions(path, Permissions::from_mode(0o600)).is_ok()
}

#[cfg(not(unix))]
pub(super) fn close(_path: &Path) -> bool {
    false
}

/// The files of a token store: that of `SQLite`, and those beside it that hold the same secrets.
pub(crate) fn files_of_store(place: &str) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm", "-journal"].into_iter().map(move |suffix| format!("{place}{suffix}").into())
}
