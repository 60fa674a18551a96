//! `POST /tcb/databaseadd`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Inserts records into a collection of the cloud database.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`.
///
/// | Call | `POST /tcb/databaseadd` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/database) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/addDatabaseItem.html) |
///
/// ```
/// use tcb_types::Operation;
/// use tcb_types::cloudbase_common::CreateRecords;
///
/// let request = CreateRecords::new("e", r#"db.collection("geo").add({data: [{done: false}]})"#);
/// let body = br#"{"env":"e","query":"db.collection(\"geo\").add({data: [{done: false}]})"}"#;
/// assert_eq!(request.body().unwrap(), body);
/// ```
#[doc(alias = "/tcb/databaseadd")]
#[doc(alias = "addDatabaseItem")]
#[doc(alias = "数据库插入记录")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `add(…)`; its `data` is one record or a list.
    #[serde(rename = "query")]
    pub statement: String,
}

impl CreateRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for CreateRecords {
    type Response = CreateRecordsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("addDatabaseItem", "/tcb/databaseadd").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The records are inserted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateRecordsResponse {
    /// Their ids (`_id`), in order.
    #[serde(default, rename = "id_list", deserialize_with = "wire::list")]
    pub ids: Vec<String>,
}
