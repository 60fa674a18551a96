//! `POST /tcb/getpressureteststatus`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, PressureTestId, wire};

/// Reads how far a pressure test is.
///
/// # Legacy
///
/// Only older pages of the mini program documentation have it, and whether a platform may call it
/// is not known.
///
/// Not confirmed: the
/// [page](https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/cloudbase/cloudbase.getPressureTestStatus.html)
/// was not seen; the facts are those of one client,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/getpressureteststatus` |
/// | --- | --- |
/// | Token | the account's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
#[doc(alias = "/tcb/getpressureteststatus")]
#[doc(alias = "getPressureTestStatus")]
#[doc(alias = "获取压测状态")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPressureTestStatus {
    /// The test.
    #[serde(rename = "pressure_id")]
    pub test: PressureTestId,
}

impl GetPressureTestStatus {
    /// The state of `test`.
    pub fn new(test: PressureTestId) -> Self {
        Self { test }
    }
}

impl Operation for GetPressureTestStatus {
    type Response = PressureTestStatus;
    const SPEC: OperationSpec =
        OperationSpec::post("getPressureTestStatus", "/tcb/getpressureteststatus").read();
}

/// How far a test is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PressureTestStatus {
    /// Its state.
    pub status: Option<PressureTestState>,
    /// When it began, as Unix time in seconds.
    #[serde(default, rename = "beg_time", deserialize_with = "wire::optional_integer")]
    pub begun_at: Option<i64>,
    /// When it ended, as Unix time in seconds.
    #[serde(default, rename = "end_time", deserialize_with = "wire::optional_integer")]
    pub ended_at: Option<i64>,
}

wire::named! {
    /// State of a test. One example is known and no list.
    PressureTestState {
        /// It runs.
        Crawling = "Crawling",
    }
}
