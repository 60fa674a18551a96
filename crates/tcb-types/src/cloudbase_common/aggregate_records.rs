//! `POST /tcb/databaseaggregate`

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, EnvId, JsonText, Operation, OperationSpec, wire};

/// Aggregates records of a collection of the cloud database.
///
/// Statements are JavaScript text in the syntax of the cloud database,
/// `db.collection(…).aggregate()…`, with `_` for `db.command`.
///
/// | Call | `POST /tcb/databaseaggregate` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_aggregatedatabase) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/file-management/aggregateDatabase.html) |
#[doc(alias = "/tcb/databaseaggregate")]
#[doc(alias = "aggregateDatabase")]
#[doc(alias = "数据库聚合")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct AggregateRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `end()`. Some tables print the name with a capital; all samples
    /// and clients send `query`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl AggregateRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for AggregateRecords {
    type Response = AggregateRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("aggregateDatabase", "/tcb/databaseaggregate")
        .permission_sets(&[49, 64])
        .read()
        .response_cap(crate::operation::LARGE_ANSWER);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// What the aggregation gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AggregateRecordsResponse {
    /// The records.
    #[serde(default, deserialize_with = "wire::list")]
    pub data: Vec<JsonText>,
}

impl AggregateRecordsResponse {
    /// Reads all records.
    ///
    /// # Errors
    ///
    /// For the first record that is no `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<Vec<T>, DecodeError> {
        JsonText::decode_all(&self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_goes_under_its_name_in_lower_case() {
        assert_eq!(AggregateRecords::new("e", "s").body().unwrap(), br#"{"env":"e","query":"s"}"#);
    }
}
