//! Exit codes. They are a contract: scripts branch on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    Credential = 3,
    NotFound = 4,
    Refused = 5,
    Quota = 6,
    Waiting = 8,
    Timeout = 9,
    Unsettled = 10,
    Interrupted = 130,
}

impl Exit {
    pub(crate) const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Credential,
        Self::NotFound,
        Self::Refused,
        Self::Quota,
        Self::Waiting,
        Self::Timeout,
        Self::Unsettled,
        Self::Interrupted,
    ];

    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, as `--help` and the README print it.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failed => "failed; the message says how",
            Self::Usage => "wrong usage or configuration; nothing was sent",
            Self::Credential => "a credential is refused, expired or withdrawn",
            Self::NotFound => "what was named does not exist",
            Self::Refused => "WeChat refused the call; `errcode` says why",
            Self::Quota => "a quota or frequency limit is reached",
            Self::Waiting => "waiting for a human; run the same command again when it is done",
            Self::Timeout => "no answer in time; nothing can have been created",
            Self::Unsettled => {
                "a change was perhaps made, reading back does not tell; look before you repeat it"
            }
            Self::Interrupted => "interrupted by Ctrl-C; nothing can have been created",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_code() {
        let readme = include_str!("../README.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.about());
            assert!(readme.contains(&row), "the README lacks {row}");
        }
    }
}
