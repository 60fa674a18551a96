//! What the operations on several files share.

use crate::{EncodeError, ErrCode, FileId};

/// A file that a call on several files failed for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FailedFile {
    /// The file.
    #[cfg_attr(feature = "serialize", serde(rename = "fileid"))]
    pub id: FileId,
    /// Why, as a code. 0 when the service named no reason, but gave no link either.
    #[cfg_attr(feature = "serialize", serde(rename = "status"))]
    pub code: ErrCode,
    /// Why, in words; may be empty.
    #[cfg_attr(feature = "serialize", serde(rename = "errmsg"))]
    pub message: String,
}

impl FailedFile {
    pub(crate) fn new(id: FileId, status: Option<i64>, message: Option<String>) -> Self {
        Self { id, code: ErrCode::new(status.unwrap_or(0)), message: message.unwrap_or_default() }
    }
}

/// Checks the documented number of files in one call.
pub(super) fn validate_number(field: &'static str, files: usize) -> Result<(), EncodeError> {
    if files <= 50 { Ok(()) } else { Err(EncodeError::limit(field, "at most 50 files")) }
}

#[cfg(test)]
mod tests {
    use super::super::{DeleteFiles, GetDownloadLinks, WantedFile};
    use crate::Operation;

    #[test]
    fn one_file_too_many_is_not_sent() {
        let links = |n| GetDownloadLinks::new("e", (0..n).map(|_| WantedFile::new("cloud://e.b/a", 60)));
        let deletion = |n| DeleteFiles::new("e", (0..n).map(|_| "cloud://e.b/a"));
        assert!(links(50).body().is_ok() && deletion(50).body().is_ok());
        assert!(links(51).body().is_err() && deletion(51).body().is_err());
    }
}
