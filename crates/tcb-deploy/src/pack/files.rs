//! The files of a folder that belong into an archive.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::error::{PackError, PackErrorKind};

/// Names what stays out, in the syntax of `.gitignore`.
const IGNORE: &str = ".tcbignore";

/// What never goes in.
const NEVER: [&str; 2] = [".git", IGNORE];

/// A file to pack.
#[derive(Debug)]
pub(super) struct File {
    /// Its path in the archive, with `/` between the parts.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) is_program: bool,
}

/// The files of `folder`, ordered by the bytes of their names.
pub(super) fn list(folder: &Path) -> Result<Vec<File>, PackError> {
    if !folder.is_dir() {
        return Err(PackError::new(PackErrorKind::NoFolder, folder));
    }
    let root = real(folder)?;
    let mut walk = Walk { ignored: ignored(folder)?, root: root.clone(), files: Vec::new() };
    walk.folder(folder, "", &mut vec![root])?;
    walk.files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(walk.files)
}

fn ignored(folder: &Path) -> Result<Gitignore, PackError> {
    let path = folder.join(IGNORE);
    let mut patterns = GitignoreBuilder::new(folder);
    let fault = if path.exists() { patterns.add(&path) } else { None };
    match (fault, patterns.build()) {
        (None, Ok(patterns)) => Ok(patterns),
        (Some(error), _) | (None, Err(error)) => Err(PackError::ignore(&path, error)),
    }
}

struct Walk {
    ignored: Gitignore,
    root: PathBuf,
    files: Vec<File>,
}

impl Walk {
    /// Takes in a folder, which is called `prefix` in the archive. `above` are the real paths of it
    /// and of those that it is in.
    fn folder(&mut self, folder: &Path, prefix: &str, above: &mut Vec<PathBuf>) -> Result<(), PackError> {
        let read = |error| PackError::read(folder, error);
        for entry in fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let named = path.file_name().and_then(|name| name.to_str());
            let Some(name) = named else {
                return Err(PackError::new(PackErrorKind::Name, &path).saying("is not UTF-8"));
            };
            if NEVER.contains(&name) {
                continue;
            }
            let is_link =
                fs::symlink_metadata(&path).map_err(|error| PackError::read(&path, error))?.is_symlink();
            // A link that is left out may lead anywhere.
            let is_dir = path.is_dir();
            if self.ignored.matched(&path, is_dir).is_ignore() {
                continue;
            }
            if is_link {
                self.check_link(&path, above)?;
            }
            let name = format!("{prefix}{name}");
            if is_dir {
                above.push(real(&path)?);
                self.folder(&path, &format!("{name}/"), above)?;
                above.pop();
            } else {
                let facts = fs::metadata(&path).map_err(|error| PackError::read(&path, error))?;
                self.files.push(File { name, path, size: facts.len(), is_program: is_program(&facts) });
            }
        }
        Ok(())
    }

    fn check_link(&self, path: &Path, above: &[PathBuf]) -> Result<(), PackError> {
        let fault = |detail| Err(PackError::new(PackErrorKind::Link, path).saying(detail));
        match fs::canonicalize(path) {
            Err(_) => fault("leads to nothing"),
            Ok(target) if !target.starts_with(&self.root) => fault("leads out of the folder"),
            Ok(target) if above.contains(&target) => fault("leads into a folder that it is in"),
            Ok(_) => Ok(()),
        }
    }
}

fn real(path: &Path) -> Result<PathBuf, PackError> {
    fs::canonicalize(path).map_err(|error| PackError::read(path, error))
}

#[cfg(unix)]
fn is_program(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    facts.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}
