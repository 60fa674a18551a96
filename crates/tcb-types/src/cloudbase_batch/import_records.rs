//! `POST /componenttcb/dbimport`

use serde::Serialize;

use crate::cloudbase_common::{ConflictMode, FileFormat, ImportRecordsResponse};
use crate::{CollectionName, EnvId, Operation, OperationSpec, TokenKinds};

/// Starts an import of records from a file into a collection.
///
/// The file has to be in the storage of the same environment;
/// [`GetUploadLink`](super::GetUploadLink) brings it there. It is UTF-8. JSON means one object to a
/// line, not an array; CSV begins with a line of names.
/// [`GetMigrationState`](super::GetMigrationState) shows how far the import is.
///
/// | Call | `POST /componenttcb/dbimport` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbimport.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbImport.html) |
#[doc(alias = "/componenttcb/dbimport")]
#[doc(alias = "dbImport")]
#[doc(alias = "数据库导入")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ImportRecords {
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
    /// Path of the file in the storage.
    pub file_path: String,
    /// Format of the file.
    #[serde(rename = "file_type")]
    pub format: FileFormat,
    /// Whether to stop at the first error.
    pub stop_on_error: bool,
    /// What to do with a record whose `_id` exists.
    #[serde(rename = "conflict_mode")]
    pub conflict: ConflictMode,
}

impl ImportRecords {
    /// An import of the file at `file_path` into `collection` that goes on after errors and adds to
    /// what is there.
    pub fn new(
        env: impl Into<EnvId>,
        collection: impl Into<CollectionName>,
        file_path: impl Into<String>,
        format: FileFormat,
    ) -> Self {
        Self {
            env: env.into(),
            collection: collection.into(),
            file_path: file_path.into(),
            format,
            stop_on_error: false,
            conflict: ConflictMode::Insert,
        }
    }

    /// Stops at the first error.
    #[must_use]
    pub fn stop_on_error(mut self) -> Self {
        self.stop_on_error = true;
        self
    }

    /// Replaces records whose `_id` exists.
    #[must_use]
    pub fn upsert(mut self) -> Self {
        self.conflict = ConflictMode::Upsert;
        self
    }
}

impl Operation for ImportRecords {
    type Response = ImportRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("dbImport", "/componenttcb/dbimport")
        .token(TokenKinds::Component)
        .required_in_response(&["job_id"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}
