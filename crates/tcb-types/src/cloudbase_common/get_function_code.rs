//! `POST /tcb/downloadfunction`

use serde::{Deserialize, Serialize};

use crate::{DownloadLink, EnvId, FunctionName, Operation, OperationSpec};

/// Makes a link to download the code of a cloud function with.
///
/// Only code that this same platform uploaded can be downloaded. When another platform uploaded
/// protected code, the call fails until this platform has uploaded code itself.
///
/// | Call | `POST /tcb/downloadfunction` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/scf-management/getFuntionLink.html) |
#[doc(alias = "/tcb/downloadfunction")]
#[doc(alias = "getFuntionLink")]
#[doc(alias = "获取云函数下载地址")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetFunctionCode {
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
}

impl GetFunctionCode {
    /// The code of the function `name` in `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for GetFunctionCode {
    type Response = FunctionCode;
    const SPEC: OperationSpec = OperationSpec::post("getFuntionLink", "/tcb/downloadfunction")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["url"])
        .secret_response();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Code of a function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FunctionCode {
    /// Where to download the ZIP archive.
    #[serde(rename = "url", skip_serializing)]
    pub link: DownloadLink,
    /// SHA-256 of the archive, in hex.
    pub checksum: Option<String>,
}
