//! `POST /tcb/uploadappconfig`

use serde::Serialize;

use super::AppConfigKind;
use crate::{JsonText, Operation, OperationSpec, wire};

/// Writes a configuration of the mini program as a whole.
///
/// # Legacy
///
/// Only the documentation's version 2.0 has it. Use
/// [`SetCallbackConfig`](super::SetCallbackConfig).
///
/// Not confirmed: the
/// [page](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/common/uploadAppConfig.html)
/// was not seen; the facts are those of one client,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/uploadappconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
#[doc(alias = "/tcb/uploadappconfig")]
#[doc(alias = "uploadAppConfig")]
#[doc(alias = "上传小程序配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetAppConfig {
    /// Which configuration.
    #[serde(rename = "type")]
    pub kind: AppConfigKind,
    /// The configuration, in the form that [`AppConfigKind`] tells.
    pub config: JsonText,
}

impl SetAppConfig {
    /// Makes `config` the configuration `kind`.
    pub fn new(kind: AppConfigKind, config: impl Into<JsonText>) -> Self {
        Self { kind, config: config.into() }
    }
}

impl Operation for SetAppConfig {
    type Response = SetAppConfigResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("uploadAppConfig", "/tcb/uploadappconfig").permission_sets(&[49, 64]);
}

wire::empty! {
    /// The configuration is written.
    SetAppConfigResponse
}
