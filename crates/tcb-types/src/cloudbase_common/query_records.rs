//! `POST /tcb/databasequery`

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, EnvId, JsonText, Operation, OperationSpec, wire};

/// Queries records of a collection of the cloud database.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`, with
/// `_` for `db.command`. Without a `limit(…)` 10 records come back.
///
/// | Call | `POST /tcb/databasequery` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | 40001, -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_getdatabaserecord) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/getDatabaseRecord.html) |
#[doc(alias = "/tcb/databasequery")]
#[doc(alias = "getDatabaseRecord")]
#[doc(alias = "数据库查询记录")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct QueryRecords {
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `get()`.
    #[serde(rename = "query")]
    pub statement: String,
}

impl QueryRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { env: env.into(), statement: statement.into() }
    }
}

impl Operation for QueryRecords {
    type Response = QueryRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getDatabaseRecord", "/tcb/databasequery")
        .permission_sets(&[49, 64])
        .read()
        .response_cap(crate::operation::LARGE_ANSWER);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Records.
///
/// ```
/// use serde::Deserialize;
/// use tcb_types::cloudbase_common::QueryRecords;
/// use tcb_types::{Scrubber, read_response};
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct Task {
///     name: String,
/// }
///
/// let body = br#"{"errcode":0,"pager":{"Offset":0,"Limit":10,"Total":1},
///     "data":["{\"name\":\"test\"}"]}"#;
/// let answer = read_response::<QueryRecords>(body, &Scrubber::default())?;
/// assert_eq!(answer.decode::<Task>()?, [Task { name: "test".into() }]);
/// assert_eq!(answer.data[0].raw(), r#"{"name":"test"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct QueryRecordsResponse {
    /// Where the records stand among all that match.
    pub pager: Option<RecordPager>,
    /// The records.
    #[serde(default, deserialize_with = "wire::list")]
    pub data: Vec<JsonText>,
}

impl QueryRecordsResponse {
    /// Reads all records.
    ///
    /// # Errors
    ///
    /// For the first record that is no `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<Vec<T>, DecodeError> {
        JsonText::decode_all(&self.data)
    }
}

/// A place in a list. The service spells the members with a capital; lower case is read too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct RecordPager {
    /// How many were skipped.
    #[serde(default, alias = "offset", deserialize_with = "wire::optional_integer")]
    pub offset: Option<u64>,
    /// How many were asked for.
    #[serde(default, alias = "limit", deserialize_with = "wire::optional_integer")]
    pub limit: Option<u64>,
    /// Number of all.
    #[serde(default, alias = "total", deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn both_spellings_of_the_pager_are_read() {
        for pager in [r#"{"Offset":1,"Limit":10,"Total":2}"#, r#"{"offset":1,"limit":10,"total":2}"#] {
            let body = format!(r#"{{"errcode":0,"pager":{pager},"data":null}}"#);
            let answer = read_response::<QueryRecords>(body.as_bytes(), &Scrubber::default()).unwrap();
            let pager = RecordPager { offset: Some(1), limit: Some(10), total: Some(2) };
            assert_eq!((answer.pager, answer.data), (Some(pager), Vec::new()));
        }
    }
}
