use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder cannot be packed. It names the file, and says what to do.
#[derive(Debug)]
pub struct PackError {
    kind: PackErrorKind,
    path: PathBuf,
    line: Option<u64>,
    detail: String,
    largest: Vec<(String, u64)>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Alike are two that say the same.
impl PartialEq for PackError {
    fn eq(&self, other: &Self) -> bool {
        let said = |error: &Self| (error.kind, error.line, error.detail());
        said(self) == said(other) && self.path == other.path
    }
}

impl Eq for PackError {}

/// What is wrong with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PackErrorKind {
    /// There is no such folder.
    NoFolder,
    /// No file at the top of the folder is called `index`: a function begins in `index.main`.
    NoEntry,
    /// A symbolic link leads out of the folder, to nothing, or into a folder that it is in.
    Link,
    /// The name of a file is no UTF-8, or is longer than an archive can hold.
    Name,
    /// `.tcbignore` has a line that is no pattern.
    Ignore,
    /// There is more than may be uploaded.
    TooLarge,
    /// A file cannot be read.
    Read,
}

impl PackError {
    pub(super) fn new(kind: PackErrorKind, path: &Path) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            line: None,
            detail: String::new(),
            largest: Vec::new(),
            source: None,
        }
    }

    pub(super) fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    pub(super) fn with_largest(self, largest: Vec<(String, u64)>) -> Self {
        Self { largest, ..self }
    }

    pub(super) fn read(path: &Path, error: io::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(PackErrorKind::Read, path) }
    }

    pub(super) fn ignore(path: &Path, error: ignore::Error) -> Self {
        let line = line_of(&error);
        Self { line, source: Some(Box::new(error)), ..Self::new(PackErrorKind::Ignore, path) }
    }

    /// What is wrong.
    pub fn kind(&self) -> PackErrorKind {
        self.kind
    }

    /// Which file or folder it is about.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which line of the file it is about, from 1; only `.tcbignore` has lines.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The largest files with their sizes in bytes, the largest first; only where there is too
    /// much.
    pub fn largest(&self) -> &[(String, u64)] {
        &self.largest
    }

    /// What more is known of it, such as the largest files; empty when the kind says it all.
    pub fn detail(&self) -> String {
        match &self.source {
            Some(source) => source.to_string(),
            None => self.detail.clone(),
        }
    }
}

/// The line of `.tcbignore` that is no pattern.
fn line_of(error: &ignore::Error) -> Option<u64> {
    use ignore::Error;
    match error {
        Error::WithLineNumber { line, .. } => Some(*line),
        Error::WithPath { err, .. } | Error::WithDepth { err, .. } => line_of(err),
        Error::Partial(errors) => errors.iter().find_map(line_of),
        _ => None,
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let detail = &self.detail;
        match self.kind {
            PackErrorKind::NoFolder => {
                write!(f, "{path} is no folder; name the one with the code of the function")
            }
            PackErrorKind::NoEntry => {
                write!(f, "{path} has no file `index.js`; a function begins in `exports.main` of that file")
            }
            PackErrorKind::Link => {
                write!(
                    f,
                    "the symbolic link {path} {detail}; put a copy in its place, or leave it out in .tcbignore"
                )
            }
            PackErrorKind::Name => {
                write!(f, "the name of {path} {detail}; rename it, or leave it out in .tcbignore")
            }
            PackErrorKind::Ignore => {
                write!(f, "{path}:{} is no pattern; correct it", self.line.unwrap_or_default())
            }
            PackErrorKind::TooLarge => {
                write!(f, "{path} {detail}; leave out what is not needed in .tcbignore")
            }
            PackErrorKind::Read => write!(f, "{path} cannot be read"),
        }
    }
}

impl StdError for PackError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| &**error as &(dyn StdError + 'static))
    }
}
