//! `POST /tcb/getpressuretestreport`

use serde::{Deserialize, Serialize};

use crate::{AuthorizerAppId, Operation, OperationSpec, PressureTestId, wire};

/// Reads what a pressure test found.
///
/// # Legacy
///
/// Only older pages of the mini program documentation have it, and whether a platform may call it
/// is not known.
///
/// Not confirmed: the
/// [page](https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/cloudbase/cloudbase.getPressureTestReport.html)
/// was not seen; the facts are those of one client,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/getpressuretestreport` |
/// | --- | --- |
/// | Token | the account's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
#[doc(alias = "/tcb/getpressuretestreport")]
#[doc(alias = "getPressureTestReport")]
#[doc(alias = "获取压测报告")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPressureTestReport {
    /// The test.
    #[serde(rename = "pressure_id")]
    pub test: PressureTestId,
}

impl GetPressureTestReport {
    /// The report of `test`.
    pub fn new(test: PressureTestId) -> Self {
        Self { test }
    }
}

impl Operation for GetPressureTestReport {
    type Response = GetPressureTestReportResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getPressureTestReport", "/tcb/getpressuretestreport").read();
}

/// What a test found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPressureTestReportResponse {
    /// The report.
    pub report: Option<PressureTestReport>,
}

/// Report of a test.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PressureTestReport {
    /// The test.
    #[serde(rename = "pressure_id")]
    pub id: Option<PressureTestId>,
    /// The mini program.
    #[serde(rename = "appid")]
    pub app_id: Option<AuthorizerAppId>,
    /// Path of the page.
    #[serde(rename = "task_url")]
    pub page: Option<String>,
    /// How long it ran, in seconds.
    #[serde(default, rename = "run_time", deserialize_with = "wire::optional_integer")]
    pub duration: Option<u64>,
    /// Share of blank pages, in percent. The name on the wire is misspelt; the right spelling is
    /// read too.
    #[serde(
        default,
        rename = "blankpage_pencent",
        alias = "blankpage_percent",
        deserialize_with = "wire::optional_integer"
    )]
    pub blank_pages: Option<u64>,
    /// How long opening the page took on average, in milliseconds.
    #[serde(default, rename = "aver_time_cost", deserialize_with = "wire::optional_integer")]
    pub average_time: Option<u64>,
    /// How long opening the page took at most, in milliseconds.
    #[serde(default, rename = "max_time_cost", deserialize_with = "wire::optional_integer")]
    pub longest_time: Option<u64>,
    /// How often the page was opened.
    #[serde(default, rename = "total_launch_cnt", deserialize_with = "wire::optional_integer")]
    pub launches: Option<u64>,
    /// Number of requests over the network.
    #[serde(default, rename = "total_request_cnt", deserialize_with = "wire::optional_integer")]
    pub requests: Option<u64>,
    /// The requests, by their path.
    #[serde(default, rename = "network_list", deserialize_with = "wire::list")]
    pub network: Vec<NetworkReport>,
}

/// Requests to one path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NetworkReport {
    /// The path.
    pub path: Option<String>,
    /// How long they took on average, in milliseconds.
    #[serde(default, rename = "aver_time_cost", deserialize_with = "wire::optional_integer")]
    pub average_time: Option<u64>,
    /// How long the longest took, in milliseconds.
    #[serde(default, rename = "max_time_cost", deserialize_with = "wire::optional_integer")]
    pub longest_time: Option<u64>,
    /// Their number.
    #[serde(default, rename = "total_request_cnt", deserialize_with = "wire::optional_integer")]
    pub requests: Option<u64>,
    /// Share of them that worked, in percent.
    #[serde(default, rename = "succ_percent", deserialize_with = "wire::optional_integer")]
    pub succeeded: Option<u64>,
    /// The slowest ones.
    #[serde(default, rename = "top_time_cost_list", deserialize_with = "wire::list")]
    pub slowest: Vec<SlowRequest>,
    /// Number of those that took more than 800 milliseconds.
    #[serde(default, rename = "over_count", deserialize_with = "wire::optional_integer")]
    pub slow: Option<u64>,
}

/// One slow request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SlowRequest {
    /// How long it took, in milliseconds.
    #[serde(default, rename = "time_cost", deserialize_with = "wire::optional_integer")]
    pub time: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_misspelt_share_is_read_under_both_names() {
        for name in ["blankpage_pencent", "blankpage_percent"] {
            let body = format!(r#"{{"errcode":0,"report":{{"{name}":3}}}}"#);
            let answer =
                read_response::<GetPressureTestReport>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.report.unwrap().blank_pages, Some(3), "{name}");
        }
    }
}
