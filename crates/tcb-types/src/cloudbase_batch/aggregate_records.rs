//! `POST /componenttcb/dbaggregate`

use serde::Serialize;

use crate::cloudbase_common::AggregateRecordsResponse;
use crate::{EnvId, Operation, OperationSpec, TokenKinds};

/// Runs an aggregation over a collection.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbaggregate.html)
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
