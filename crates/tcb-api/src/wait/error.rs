use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::Error;

/// A wait that did not see what it waited for. It knows the state that was seen last.
pub struct WaitError<S> {
    what: &'static str,
    kind: WaitErrorKind,
    last: Option<Box<S>>,
    pub(super) looks: u32,
    pub(super) waited: Duration,
    pub(super) source: Option<Error>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitErrorKind {
    /// The time is over, and it may still become ready. Wait again, or look later.
    TimedOut,
    /// It has failed, or was halted, and will not become ready by itself. The
    /// [last state](WaitError::last) says what happened.
    Failed,
    /// Looking failed in a way that looking again does not mend. [`WaitError::error`] says how.
    Look,
}

impl<S> WaitError<S> {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            kind: WaitErrorKind::TimedOut,
            last: None,
            looks: 0,
            waited: Duration::ZERO,
            source: None,
        }
    }

    pub(super) fn saw(self, state: S) -> Self {
        Self { last: Some(Box::new(state)), source: None, ..self }
    }

    pub(super) fn ends(self, kind: WaitErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Why the wait ended.
    pub fn kind(&self) -> WaitErrorKind {
        self.kind
    }

    /// The state that was seen last; `None` when none was: lists did not show it, or every look
    /// failed.
    pub fn last(&self) -> Option<&S> {
        self.last.as_deref()
    }

    /// How often one looked.
    pub fn looks(&self) -> u32 {
        self.looks
    }

    /// How long the wait was.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How the last look failed, if it did.
    pub fn error(&self) -> Option<&Error> {
        self.source.as_ref()
    }

    /// Takes the error of the last look out, if it failed.
    pub fn into_error(self) -> Option<Error> {
        self.source
    }
}

impl<S> fmt::Display for WaitError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.kind {
            WaitErrorKind::TimedOut => {
                write!(f, "{what} was not ready after {} s and {} looks", self.waited.as_secs(), self.looks)?;
                match (&self.last, &self.source) {
                    (Some(_), _) => f.write_str("; it may still become ready: wait again"),
                    (None, Some(_)) => f.write_str("; looking failed every time"),
                    (None, None) => f.write_str("; no look showed it: check its name"),
                }
            }
            WaitErrorKind::Failed => {
                write!(f, "{what} has failed and will not become ready by itself; its state says why")
            }
            WaitErrorKind::Look => write!(f, "{what} could not be looked at"),
        }
    }
}

/// Without the state, which may hold what belongs in no log.
impl<S> fmt::Debug for WaitError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitError")
            .field("what", &self.what)
            .field("kind", &self.kind)
            .field("looks", &self.looks)
            .field("waited", &self.waited)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl<S> StdError for WaitError<S> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as &(dyn StdError + 'static))
    }
}
