//! `POST /tcb/getcodesecret`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec};

/// Reads the key that protects the code of cloud functions.
///
/// There is one key for a mini program and a platform: the same for all environments and functions,
/// also after a new authorisation. It is sent as `CodeSecret` when code is uploaded to Tencent
/// Cloud; see [`GetUploadSignature`](super::GetUploadSignature).
///
/// | Call | `POST /tcb/getcodesecret` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/scf-management/api_getcodesecret.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/getCodeSecret.html) |
#[doc(alias = "/tcb/getcodesecret")]
#[doc(alias = "getCodeSecret")]
#[doc(alias = "获取代码保护密钥")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetCodeSecret {}

impl GetCodeSecret {
    /// Asks for the key.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for GetCodeSecret {
    type Response = GetCodeSecretResponse;
    const SPEC: OperationSpec = OperationSpec::post("getCodeSecret", "/tcb/getcodesecret")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["codesecret"])
        .secret_response();
}

secret! {
    /// Key that protects the code of cloud functions (`codesecret`).
    CodeSecret
}

/// The key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetCodeSecretResponse {
    /// The key.
    #[serde(rename = "codesecret", skip_serializing)]
    pub code_secret: CodeSecret,
}
