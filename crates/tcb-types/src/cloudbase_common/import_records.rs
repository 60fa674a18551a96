//! `POST /tcb/databasemigrateimport`

use serde::{Deserialize, Serialize};

use crate::{CollectionName, EnvId, JobId, Operation, OperationSpec, wire};

/// Starts an import of records from a file into a collection of the cloud database.
///
/// The file has to be in the storage of the same environment;
/// [`GetUploadLink`](super::GetUploadLink) brings it there. It is UTF-8. JSON means one object
/// after another with a line feed between them, not an array; keys neither begin nor end with a dot
/// and have no two dots in a row; dates are `{"$date": "…"}` in ISO form.
/// [`GetMigrationState`](super::GetMigrationState) shows how far the import is.
///
/// −501000 has no text in the documentation.
///
/// | Call | `POST /tcb/databasemigrateimport` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -501000, -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_importdatabaseitem) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/importDatabaseItem.html) |
#[doc(alias = "/tcb/databasemigrateimport")]
#[doc(alias = "importDatabaseItem")]
#[doc(alias = "数据库导入")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
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
    const SPEC: OperationSpec = OperationSpec::post("importDatabaseItem", "/tcb/databasemigrateimport")
        .permission_sets(&[49, 64])
        .required_in_response(&["job_id"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::numbered! {
    /// Format of a file with records.
    FileFormat {
        /// JSON, one object to a line.
        Json = 1,
        /// Comma separated values.
        Csv = 2,
    }
}

wire::numbered! {
    /// What an import does with a record whose `_id` exists.
    ConflictMode {
        /// It is an error, as is an `_id` that is twice in the file.
        Insert = 1,
        /// It replaces the old one.
        Upsert = 2,
    }
}

/// The import has begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ImportRecordsResponse {
    /// Its id.
    #[serde(rename = "job_id")]
    pub id: JobId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_name_is_kept() {
        let formats: Vec<FileFormat> = serde_json::from_str(r#"[1,"2",9]"#).unwrap();
        assert_eq!(formats, [FileFormat::Json, FileFormat::Csv, FileFormat::Other(9)]);
        assert_eq!(serde_json::to_string(&formats).unwrap(), "[1,2,9]");
    }
}
