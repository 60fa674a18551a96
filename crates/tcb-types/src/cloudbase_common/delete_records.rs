//! `POST /tcb/databasedelete`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Deletes records of a collection of the cloud database.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// Not confirmed: no page of this operation was read. Its facts are those of four clients that
/// agree (`fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, `JeffreySu/WeiXinMPSDK`,
/// `binarywang/WxJava`, `dowsorg/dows-sdk`), the path also that of the mini program documentation.
///
/// | Call | `POST /tcb/databasedelete` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/db-management/deleteDatabaseItem.html) |
#[doc(alias = "/tcb/databasedelete")]
#[doc(alias = "deleteDatabaseItem")]
#[doc(alias = "数据库删除记录")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `remove()`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl DeleteRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for DeleteRecords {
    type Response = DeleteRecordsResponse;
    // Not idempotent: a repeat of a call that landed would answer that nothing was deleted.
    const SPEC: OperationSpec =
        OperationSpec::post("deleteDatabaseItem", "/tcb/databasedelete").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The records are deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteRecordsResponse {
    /// Their number.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub deleted: Option<u64>,
}
