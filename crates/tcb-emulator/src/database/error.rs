use std::borrow::Cow;
use std::fmt;

/// Why a statement cannot be carried out.
#[derive(Debug)]
pub(crate) struct StatementError {
    what: Cow<'static, str>,
    /// Whether the database that is emulated may know what is asked for.
    pub(crate) is_not_built: bool,
}

impl StatementError {
    pub(super) fn wrong(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), is_not_built: false }
    }

    /// Something that the real database has and this one has not.
    pub(super) fn not_built(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), is_not_built: true }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_not_built {
            write!(f, "{} is not part of the statements that the emulator knows", self.what)
        } else {
            f.write_str(&self.what)
        }
    }
}
