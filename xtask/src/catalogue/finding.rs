//! What does not agree.

use std::fmt;

/// One point in which the types and the catalogue do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Official id of the operation.
    pub(super) operation: String,
    /// Where: `spec.path`, `request.env`, `answer.list[].auth_time`, `sample "get"`.
    pub(super) at: String,
    /// What the catalogue says.
    pub(super) catalogue: String,
    /// What the types say.
    pub(super) types: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.operation, self.at)?;
        writeln!(f, "    catalogue: {}", self.catalogue)?;
        write!(f, "    types:     {}", self.types)
    }
}

/// Collects what does not agree at one operation.
pub(super) struct Findings<'a> {
    operation: &'a str,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(operation: &'a str) -> Self {
        Self { operation, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        at: impl Into<String>,
        catalogue: impl Into<String>,
        types: impl Into<String>,
    ) {
        self.found.push(Finding {
            operation: self.operation.to_owned(),
            at: at.into(),
            catalogue: catalogue.into(),
            types: types.into(),
        });
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
