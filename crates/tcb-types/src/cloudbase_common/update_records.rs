//! `POST /tcb/databaseupdate`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Updates records of a collection of the cloud database, or writes one.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// | Call | `POST /tcb/databaseupdate` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/database) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/file-management/updateDatabaseRecord.html) |
#[doc(alias = "/tcb/databaseupdate")]
#[doc(alias = "updateDatabaseRecord")]
#[doc(alias = "数据库更新记录")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `update(…)` or `set(…)`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl UpdateRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for UpdateRecords {
    type Response = UpdateRecordsResponse;
    // Not idempotent: a statement may count up.
    const SPEC: OperationSpec =
        OperationSpec::post("updateDatabaseRecord", "/tcb/databaseupdate").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The records are updated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateRecordsResponse {
    /// Number of records that the condition matched.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub matched: Option<u64>,
    /// Number of records that were changed; one that `set` newly wrote does not count.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub modified: Option<u64>,
    /// Id of a record that `set` newly wrote; empty or absent otherwise.
    pub id: Option<String>,
}
