//! `POST /tcb/databasemigratequeryinfo`

use serde::{Deserialize, Serialize};

use crate::{DownloadLink, EnvId, JobId, Operation, OperationSpec, wire};

/// Reads how far an import or export of the cloud database is.
///
/// | Call | `POST /tcb/databasemigratequeryinfo` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/database) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/file-management/getDatabaseMigrateStatus.html) |
#[doc(alias = "/tcb/databasemigratequeryinfo")]
#[doc(alias = "getDatabaseMigrateStatus")]
#[doc(alias = "数据库迁移状态查询")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetMigrationState {
    /// The environment.
    pub env: EnvId,
    /// The import or export.
    #[serde(rename = "job_id")]
    pub job: JobId,
}

impl GetMigrationState {
    /// The state of `job` in `env`.
    pub fn new(env: impl Into<EnvId>, job: JobId) -> Self {
        Self { env: env.into(), job }
    }
}

impl Operation for GetMigrationState {
    type Response = MigrationState;
    const SPEC: OperationSpec =
        OperationSpec::post("getDatabaseMigrateStatus", "/tcb/databasemigratequeryinfo")
            .permission_sets(&[49, 64])
            .read()
            .required_in_response(&["status"])
            .secret_response();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// State of an import or export.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MigrationState {
    /// How far it is.
    pub status: MigrationStatus,
    /// Number of records that are done.
    #[serde(default, rename = "record_success", deserialize_with = "wire::optional_integer")]
    pub succeeded: Option<u64>,
    /// Number of records that failed.
    #[serde(default, rename = "record_fail", deserialize_with = "wire::optional_integer")]
    pub failed: Option<u64>,
    /// A text about the result, also on success. Older tables print the name as `err_msg`, which is
    /// read too.
    #[serde(rename = "error_msg", alias = "err_msg")]
    pub message: Option<String>,
    /// Where to download what was exported.
    #[serde(skip_serializing)]
    pub file_url: Option<DownloadLink>,
}

wire::named! {
    /// State of an import or export. The documentation has one example and no list.
    MigrationStatus {
        /// It is done.
        Success = "success",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_text_is_read_under_both_names_and_any_state_is_kept() {
        for name in ["error_msg", "err_msg"] {
            let body = format!(r#"{{"errcode":0,"status":"waiting","{name}":"soon"}}"#);
            let state = read_response::<GetMigrationState>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(state.message.as_deref(), Some("soon"), "{name}");
            assert_eq!(state.status, MigrationStatus::Other("waiting".into()));
        }
    }
}
