//! Files of this machine that commands read and write.

use std::fs;
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Box<Failure>> {
    fs::read(path).map_err(|error| {
        let path = path.display();
        Failure::new(
            Exit::Usage,
            "file",
            say!("{path} cannot be read: {error}", "无法读取 {path}：{error}", error = of_system(&error)),
        )
    })
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<Failure>> {
    fs::write(path, bytes).map_err(|error| {
        let path = path.display();
        Failure::new(
            Exit::Failed,
            "file",
            say!("{path} cannot be written: {error}", "无法写入 {path}：{error}", error = of_system(&error)),
        )
    })
}

/// The path in a storage: the one that is given, or the name of the file.
pub(super) fn name(path: Option<String>, file: &Path) -> String {
    path.unwrap_or_else(|| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// Whether a file holds CSV; JSON lines otherwise.
pub(super) fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}
