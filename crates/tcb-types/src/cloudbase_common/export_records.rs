//! `POST /tcb/databasemigrateexport`

use serde::{Deserialize, Serialize};

use super::FileFormat;
use crate::{EnvId, JobId, Operation, OperationSpec};

/// Starts an export of records of the cloud database into a file.
///
/// [`GetMigrationState`](super::GetMigrationState) shows how far it is, and in the end where to
/// download the file.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// | Call | `POST /tcb/databasemigrateexport` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_exportdatabaseitem.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/exportDatabaseItem.html) |
#[doc(alias = "/tcb/databasemigrateexport")]
#[doc(alias = "exportDatabaseItem")]
#[doc(alias = "数据库导出")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportRecords {
    /// The environment.
    pub env: EnvId,
    /// Path of the file, in a storage that all share.
    pub file_path: String,
    /// Format of the file.
    #[serde(rename = "file_type")]
    pub format: FileFormat,
    /// The statement that selects what to export, which ends in `get()`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl ExportRecords {
    /// An export of what `statement` selects to `file_path`.
    pub fn new(
        env: impl Into<EnvId>,
        statement: impl Into<String>,
        file_path: impl Into<String>,
        format: FileFormat,
    ) -> Self {
        Self { env: env.into(), file_path: file_path.into(), format, statement: statement.into() }
    }
}

impl Operation for ExportRecords {
    type Response = ExportRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("exportDatabaseItem", "/tcb/databasemigrateexport")
        .permission_sets(&[49, 64])
        .required_in_response(&["job_id"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The export has begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportRecordsResponse {
    /// Its id.
    #[serde(rename = "job_id")]
    pub id: JobId,
}
