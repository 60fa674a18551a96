//! `POST /componenttcb/dbrecord` with `action=query`

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, EnvId, JsonText, Operation, OperationSpec, TokenKinds, wire};

/// Queries records of a collection.
///
/// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`. Give it
/// a `limit(…)`: ordinary mode answers 10 records when there is none.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// Not confirmed: the batch page of this action could not be read; its sample comes from the client
/// `SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /componenttcb/dbrecord` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbrecordmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbrecordManage.html) |
#[doc(alias = "/componenttcb/dbrecord")]
#[doc(alias = "dbrecordManage")]
#[doc(alias = "数据库记录管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct QueryRecords {
    #[serde(skip_serializing)]
    action: Query,
    /// The environment.
    pub env: EnvId,
    /// The statement, which ends in `get()`.
    #[serde(rename = "query")]
    pub statement: String,
}

wire::constant!(Query = "query");

impl QueryRecords {
    /// Runs `statement` in `env`.
    pub fn new(env: impl Into<EnvId>, statement: impl Into<String>) -> Self {
        Self { action: Query::Constant, env: env.into(), statement: statement.into() }
    }
}

impl Operation for QueryRecords {
    type Response = QueryRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("dbrecordManage", "/componenttcb/dbrecord")
        .token(TokenKinds::Component)
        .read()
        .response_cap(crate::operation::LARGE_ANSWER);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Records.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// A place in a list of records. Older pages of ordinary mode spell the members with a capital;
/// both spellings are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RecordPager {
    /// How many records were skipped.
    #[serde(default, alias = "Offset", deserialize_with = "wire::optional_integer")]
    pub offset: Option<u64>,
    /// How many records were asked for.
    #[serde(default, alias = "Limit", deserialize_with = "wire::optional_integer")]
    pub limit: Option<u64>,
    /// Number of records that match.
    #[serde(default, alias = "Total", deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn both_spellings_of_the_pager_are_read() {
        for pager in [r#"{"offset":1,"limit":10,"total":2}"#, r#"{"Offset":1,"Limit":10,"Total":2}"#] {
            let body = format!(r#"{{"errcode":0,"pager":{pager},"data":["{{}}"]}}"#);
            let answer = read_response::<QueryRecords>(body.as_bytes(), &Scrubber::default()).unwrap();
            let expected = RecordPager { offset: Some(1), limit: Some(10), total: Some(2) };
            assert_eq!(answer.pager, Some(expected), "{pager}");
        }
    }

    #[test]
    fn the_action_goes_into_the_url_and_the_statement_into_the_body() {
        let query = QueryRecords::new("e", "s");
        assert_eq!(query.query(), [("action", "query".into())]);
        assert_eq!(query.body().unwrap(), br#"{"env":"e","query":"s"}"#);
    }
}
