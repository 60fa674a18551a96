//! `POST /componenttcb/dbaggregate`

use serde::Serialize;

use crate::cloudbase_common::AggregateRecordsResponse;
use crate::{EnvId, Operation, OperationSpec, TokenKinds};

/// Runs an aggregation over a collection.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`.
///
/// | Call | `POST /componenttcb/dbaggregate` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbaggregate.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbAggregate.html) |
#[doc(alias = "/componenttcb/dbaggregate")]
#[doc(alias = "dbAggregate")]
#[doc(alias = "数据库聚合")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct AggregateRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `end()`.
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
    const SPEC: OperationSpec = OperationSpec::post("dbAggregate", "/componenttcb/dbaggregate")
        .token(TokenKinds::Component)
        .read()
        .response_cap(crate::operation::LARGE_ANSWER);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
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
