use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

/// What is wrong in a blueprint. Nothing was sent.
///
/// It displays a line for each [`Fault`].
#[derive(Debug)]
pub struct BlueprintError {
    faults: Vec<Fault>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The blueprint.
    pub file: PathBuf,
    /// Its line, from 1; `None` when the file as a whole cannot be read.
    pub line: Option<u64>,
    /// Its column, from 1.
    pub column: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to write, or do, instead.
    pub instead: String,
}

impl BlueprintError {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// All that is wrong, in the order of the file. Where the file is no YAML, or has a member
    /// that there is not, that alone.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{place}")?;
        }
        write!(f, ": {}; {}", self.what, self.instead)
    }
}

impl fmt::Display for BlueprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl StdError for BlueprintError {}
