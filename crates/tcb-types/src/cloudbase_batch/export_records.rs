//! `POST /componenttcb/dbexport`

use serde::Serialize;

use crate::cloudbase_common::{ExportRecordsResponse, FileFormat};
use crate::{EnvId, Operation, OperationSpec, TokenKinds};

/// Starts an export of records into a file.
///
/// [`GetMigrationState`](super::GetMigrationState) shows how far it is, and in the end where to
/// download the file.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// | Call | `POST /componenttcb/dbexport` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbexport.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbExport.html) |
#[doc(alias = "/componenttcb/dbexport")]
#[doc(alias = "dbExport")]
#[doc(alias = "数据库导出")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement that selects what to export, which ends in `get()`.
    #[serde(rename = "query")]
    pub statement: String,
    /// Path of the file, in a storage that all share.
    pub file_path: String,
    /// Format of the file.
    #[serde(rename = "file_type")]
    pub format: FileFormat,
}

impl ExportRecords {
    /// An export of what `statement` selects to `file_path`.
    pub fn new(
        env: impl Into<EnvId>,
        statement: impl Into<String>,
        file_path: impl Into<String>,
        format: FileFormat,
    ) -> Self {
        Self { env: env.into(), statement: statement.into(), file_path: file_path.into(), format }
    }
}

impl Operation for ExportRecords {
    type Response = ExportRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("dbExport", "/componenttcb/dbexport")
        .token(TokenKinds::Component)
        .required_in_response(&["job_id"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}
