//! `POST /tcb/createpressuretesttask`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, PressureTestId};

/// Starts a pressure test of a page of the mini program.
///
/// # Legacy
///
/// Only older pages of the mini program documentation have it, and whether a platform may call it
/// is not known.
///
/// Not confirmed: the
/// [page](https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/cloudbase/cloudbase.createPressureTest.html)
/// was not seen; the facts are those of one client,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/createpressuretesttask` |
/// | --- | --- |
/// | Token | the account's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1 |
#[doc(alias = "/tcb/createpressuretesttask")]
#[doc(alias = "createPressureTestTask")]
#[doc(alias = "创建压测任务")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatePressureTest {
    /// Path of the page.
    #[serde(rename = "task_url")]
    pub page: String,
    /// Number of workers.
    #[serde(rename = "run_count")]
    pub workers: u32,
    /// How long it runs, in seconds.
    #[serde(rename = "run_time")]
    pub duration: u32,
    /// Which version of the mini program is tested. The values are not documented; 4 and 9 were
    /// seen.
    pub source_type: i64,
}

impl CreatePressureTest {
    /// A test of `page` by `workers` for `duration` seconds.
    pub fn new(page: impl Into<String>, workers: u32, duration: u32, source_type: i64) -> Self {
        Self { page: page.into(), workers, duration, source_type }
    }
}

impl Operation for CreatePressureTest {
    type Response = CreatePressureTestResponse;
    const SPEC: OperationSpec = OperationSpec::post("createPressureTestTask", "/tcb/createpressuretesttask")
        .required_in_response(&["pressure_id"]);
}

/// The test has begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatePressureTestResponse {
    /// Its id.
    #[serde(rename = "pressure_id")]
    pub id: PressureTestId,
}
