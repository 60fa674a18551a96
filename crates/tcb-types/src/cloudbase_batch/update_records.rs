//! `POST /componenttcb/dbrecord` with `action=update`

use std::borrow::Cow;

use serde::Serialize;

use crate::cloudbase_common::UpdateRecordsResponse;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Updates records of a collection, or writes one.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// Not confirmed: the batch page of this action could not be read; its sample comes from the page
/// of ordinary mode.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbrecordmanage.html)
#[doc(alias = "dbrecordManage")]
#[doc(alias = "数据库记录管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateRecords {
    #[serde(skip_serializing)]
    action: Update,
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `update(…)` or `set(…)`.
    #[serde(rename = "query")]
    pub statement: String,
}

wire::constant!(Update = "update");

impl UpdateRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { action: Update::Constant, env: env.into(), statement: statement.into() }
    }
}

impl Operation for UpdateRecords {
    type Response = UpdateRecordsResponse;
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
        let update = UpdateRecords::new("e", "s");
        assert_eq!(update.query(), [("action", "update".into())]);
        assert_eq!(update.body().unwrap(), br#"{"env":"e","query":"s"}"#);
    }
}
