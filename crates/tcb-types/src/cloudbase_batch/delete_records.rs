//! `POST /componenttcb/dbrecord` with `action=delete`

use std::borrow::Cow;

use serde::Serialize;

use crate::cloudbase_common::DeleteRecordsResponse;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Deletes records of a collection.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// | Call | `POST /componenttcb/dbrecord` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbrecordmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbrecordManage.html) |
#[doc(alias = "/componenttcb/dbrecord")]
#[doc(alias = "dbrecordManage")]
#[doc(alias = "数据库记录管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteRecords {
    #[serde(skip_serializing)]
    action: Delete,
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `remove()`.
    #[serde(rename = "query")]
    pub statement: String,
}

wire::constant!(Delete = "delete");

impl DeleteRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { action: Delete::Constant, env: env.into(), statement: statement.into() }
    }
}

impl Operation for DeleteRecords {
    type Response = DeleteRecordsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("dbrecordManage", "/componenttcb/dbrecord").token(TokenKinds::Component);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_goes_into_the_url_and_not_into_the_body() {
        let delete = DeleteRecords::new("e", "s");
        assert_eq!(delete.query(), [("action", "delete".into())]);
        assert_eq!(delete.body().unwrap(), br#"{"env":"e","query":"s"}"#);
    }
}
