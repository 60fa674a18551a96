//! `POST /tcb/getappconfig`

use serde::{Deserialize, Serialize};

use crate::{JsonText, Operation, OperationSpec, wire};

/// Reads a configuration of the mini program as a whole.
///
/// # Legacy
///
/// Only the documentation's version 2.0 has it. Use
/// [`GetCallbackConfig`](super::GetCallbackConfig).
///
/// Not confirmed: the
/// [page](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/common/getAppConfig.html)
/// was not seen; the facts are those of one client,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/getappconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
#[doc(alias = "/tcb/getappconfig")]
#[doc(alias = "getAppConfig")]
#[doc(alias = "获取小程序配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAppConfig {
    /// Which configuration.
    #[serde(rename = "type")]
    pub kind: AppConfigKind,
}

impl GetAppConfig {
    /// The configuration `kind`.
    pub fn new(kind: AppConfigKind) -> Self {
        Self { kind }
    }
}

impl Operation for GetAppConfig {
    type Response = AppConfig;
    const SPEC: OperationSpec =
        OperationSpec::post("getAppConfig", "/tcb/getappconfig").permission_sets(&[49, 64]).read();
}

wire::numbered! {
    /// Configuration of a mini program. Only one is known.
    AppConfigKind {
        /// Where messages are pushed to: `enable`, and `callbacks` of `msgType`, `event`, `env` and
        /// `functionName`.
        MessagePush = 1,
    }
}

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AppConfig {
    /// The configuration, whose form depends on its kind.
    pub config: Option<JsonText>,
}
