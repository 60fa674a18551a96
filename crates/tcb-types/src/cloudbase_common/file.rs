//! What a call on several files says of one that it failed for.

use crate::{ErrCode, FileId};

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
