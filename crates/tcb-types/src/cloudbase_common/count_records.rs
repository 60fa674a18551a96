//! `POST /tcb/databasecount`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Counts records of a collection of the cloud database.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// Not confirmed: no page of this operation was read. Its facts are those of four clients that
/// agree (`fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, `JeffreySu/WeiXinMPSDK`,
/// `binarywang/WxJava`, `dowsorg/dows-sdk`), the path also that of the mini program documentation.
///
/// | Call | `POST /tcb/databasecount` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/db-management/getDatabaseCount.html) |
#[doc(alias = "/tcb/databasecount")]
#[doc(alias = "getDatabaseCount")]
#[doc(alias = "统计集合记录数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CountRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `count()`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl CountRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for CountRecords {
    type Response = CountRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getDatabaseCount", "/tcb/databasecount")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["count"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// How many records there are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CountRecordsResponse {
    /// Their number.
    #[serde(deserialize_with = "wire::integer")]
    pub count: u64,
}
