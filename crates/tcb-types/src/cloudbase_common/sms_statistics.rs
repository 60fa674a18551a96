//! `POST /tcb/getstatistics`, whose `action` makes it three operations.

use serde::de::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::{EnvId, Operation, OperationSpec, wire};

const SPEC: OperationSpec = OperationSpec::post("getCloudBaseStatistics", "/tcb/getstatistics")
    .permission_sets(&[49, 64])
    .read()
    .without_errcode(&["data_column", "data_value"]);

/// Reads an overview of what marketing by text messages brought, a page at a time.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too.
///
/// | Call | `POST /tcb/getstatistics` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_getcloudbasestatistics) |
#[doc(alias = "/tcb/getstatistics")]
#[doc(alias = "getCloudBaseStatistics")]
#[doc(alias = "获取云开发数据")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetSmsOverview {
    action: Overview,
    /// From when on, as Unix time in seconds.
    #[serde(rename = "begin_date")]
    pub begin: i64,
    /// Until when, as Unix time in seconds.
    #[serde(rename = "end_date")]
    pub end: i64,
    /// How many rows to read.
    #[serde(rename = "page_limit")]
    pub limit: u32,
    /// How many rows to skip.
    #[serde(rename = "page_offset")]
    pub offset: u64,
    /// Only what fits it.
    #[serde(rename = "condition", skip_serializing_if = "Option::is_none")]
    pub filter: Option<SmsStatisticsFilter>,
}

wire::constant!(Overview = "smsMarketingOverviewData");

impl GetSmsOverview {
    /// A page of `limit` rows after the first `offset`, about the time from `begin` to `end`.
    pub fn new(begin: i64, end: i64, offset: u64, limit: u32) -> Self {
        Self { action: Overview::Constant, begin, end, limit, offset, filter: None }
    }

    setters! {
        filter: SmsStatisticsFilter,
    }
}

impl Operation for GetSmsOverview {
    type Response = SmsStatistics;
    const SPEC: OperationSpec = SPEC;

    fn environment(&self) -> Option<&EnvId> {
        self.filter.as_ref()?.env.as_ref()
    }
}

/// Reads how many receivers of marketing by text messages did what it was for, a page at a time.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too.
///
/// | Call | `POST /tcb/getstatistics` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_getcloudbasestatistics) |
#[doc(alias = "/tcb/getstatistics")]
#[doc(alias = "getCloudBaseStatistics")]
#[doc(alias = "获取云开发数据")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetSmsConversion {
    action: Conversion,
    /// From when on, as Unix time in seconds.
    #[serde(rename = "begin_date")]
    pub begin: i64,
    /// Until when, as Unix time in seconds.
    #[serde(rename = "end_date")]
    pub end: i64,
    /// How many rows to read.
    #[serde(rename = "page_limit")]
    pub limit: u32,
    /// How many rows to skip.
    #[serde(rename = "page_offset")]
    pub offset: u64,
    /// Only what fits it.
    #[serde(rename = "condition", skip_serializing_if = "Option::is_none")]
    pub filter: Option<SmsStatisticsFilter>,
}

wire::constant!(Conversion = "smsMarketingConversionData");

impl GetSmsConversion {
    /// A page of `limit` rows after the first `offset`, about the time from `begin` to `end`.
    pub fn new(begin: i64, end: i64, offset: u64, limit: u32) -> Self {
        Self { action: Conversion::Constant, begin, end, limit, offset, filter: None }
    }

    setters! {
        filter: SmsStatisticsFilter,
    }
}

impl Operation for GetSmsConversion {
    type Response = SmsStatistics;
    const SPEC: OperationSpec = SPEC;

    fn environment(&self) -> Option<&EnvId> {
        self.filter.as_ref()?.env.as_ref()
    }
}

/// Reads what marketing by text messages brings at this time.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too.
///
/// | Call | `POST /tcb/getstatistics` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_getcloudbasestatistics) |
#[doc(alias = "/tcb/getstatistics")]
#[doc(alias = "getCloudBaseStatistics")]
#[doc(alias = "获取云开发数据")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetSmsRealTime {
    action: RealTime,
    /// From when on, as Unix time in seconds.
    #[serde(rename = "begin_date")]
    pub begin: i64,
    /// Until when, as Unix time in seconds.
    #[serde(rename = "end_date")]
    pub end: i64,
    /// Only what fits it.
    #[serde(rename = "condition", skip_serializing_if = "Option::is_none")]
    pub filter: Option<SmsStatisticsFilter>,
}

wire::constant!(RealTime = "smsMarketingRealTimeData");

impl GetSmsRealTime {
    /// About the time from `begin` to `end`.
    pub fn new(begin: i64, end: i64) -> Self {
        Self { action: RealTime::Constant, begin, end, filter: None }
    }

    setters! {
        filter: SmsStatisticsFilter,
    }
}

impl Operation for GetSmsRealTime {
    type Response = SmsStatistics;
    const SPEC: OperationSpec = SPEC;

    fn environment(&self) -> Option<&EnvId> {
        self.filter.as_ref()?.env.as_ref()
    }
}

/// What statistics are about. Newer tables leave it out, but every sample has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SmsStatisticsFilter {
    /// Only this environment.
    #[serde(rename = "env_id", skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvId>,
    /// Only this activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<String>,
    /// Whether to split by channel. It travels as the text `0` or `1`, as in the newer samples; the
    /// table calls it a number.
    #[serde(rename = "by_channel_id", skip_serializing_if = "Option::is_none", serialize_with = "switch")]
    #[cfg_attr(
        feature = "schema",
        serde(default, deserialize_with = "read_switch"),
        schemars(with = "Option<String>")
    )]
    pub by_channel: Option<bool>,
    /// Only this channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// Only this kind of action, for example `h5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_type: Option<String>,
}

impl SmsStatisticsFilter {
    /// Everything.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        env: impl Into<EnvId>,
        activity_id: impl Into<String>,
        by_channel: bool,
        channel_id: impl Into<String>,
        act_type: impl Into<String>,
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over the field as it is"
)]
fn switch<S: Serializer>(on: &Option<bool>, serializer: S) -> Result<S::Ok, S::Error> {
    wire::optional_as_text(&on.map(u8::from), serializer)
}

#[cfg(feature = "schema")]
fn read_switch<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(wire::optional_integer::<_, i64>(deserializer)?.map(|on| on != 0))
}

/// Statistics, as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SmsStatistics {
    /// Its columns.
    #[serde(default, rename = "data_column", deserialize_with = "wire::list")]
    pub columns: Vec<SmsStatisticsColumn>,
    /// Its rows.
    #[serde(default, rename = "data_value", deserialize_with = "wire::list")]
    pub rows: Vec<SmsStatisticsRow>,
    /// Number of all rows.
    #[serde(default, rename = "total_num", deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
}

/// A column of statistics.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SmsStatisticsColumn {
    /// Its id.
    #[serde(rename = "col_id")]
    pub id: Option<String>,
    /// Its Chinese name.
    #[serde(rename = "col_name")]
    pub name: Option<String>,
    /// What its cells hold.
    #[serde(rename = "col_data_type")]
    pub kind: Option<ColumnKind>,
}

wire::named! {
    /// What the cells of a column hold. All are text on the wire.
    ColumnKind {
        /// Text.
        Text = "0",
        /// Whole numbers.
        Integer = "1",
        /// Numbers with a decimal point.
        Decimal = "2",
    }
}

/// A row of statistics, which the wire calls by the name of the list of rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SmsStatisticsRow {
    /// Its cells, in the order of the columns.
    #[serde(default, rename = "data_value", deserialize_with = "cells")]
    pub cells: Vec<String>,
}

/// Reads cells by their place: `null`, which other lists pass over, would put the rest under wrong
/// columns, and is an empty text here.
fn cells<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let cell = |cell| match cell {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("another value, expected a cell of text")),
    };
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::Array(cells) => cells.into_iter().map(cell).collect(),
        _ => Err(D::Error::custom("another value, expected a list of cells")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn splitting_by_channel_is_asked_for_with_text() {
        let filter = SmsStatisticsFilter::new().env("e").by_channel(false);
        let request = GetSmsRealTime::new(1, 2).filter(filter);
        assert_eq!(request.environment(), Some(&"e".into()));
        let sent = r#"{"action":"smsMarketingRealTimeData","begin_date":1,"end_date":2,"condition":{"env_id":"e","by_channel_id":"0"}}"#;
        assert_eq!(String::from_utf8(request.body().unwrap()).unwrap(), sent);
    }

    #[test]
    fn a_row_has_the_name_of_the_list_of_rows() {
        let body = br#"{"data_column":[{"col_id":"n","col_data_type":1}],"data_value":[{"data_value":["7"]}],"total_num":1}"#;
        let table = read_response::<GetSmsOverview>(body, &Scrubber::default()).unwrap();
        assert_eq!(table.columns[0].kind, Some(ColumnKind::Integer));
        assert_eq!(table.rows[0].cells, ["7"]);
    }

    #[test]
    fn every_cell_stays_under_its_column() {
        let body =
            br#"{"data_column":[],"data_value":[{"data_value":[null,7,"x"]},null,{"data_value":null}]}"#;
        let table = read_response::<GetSmsOverview>(body, &Scrubber::default()).unwrap();
        let cells: Vec<_> = table.rows.into_iter().map(|row| row.cells).collect();
        assert_eq!(cells, [vec!["", "7", "x"], Vec::new()]);
    }
}
