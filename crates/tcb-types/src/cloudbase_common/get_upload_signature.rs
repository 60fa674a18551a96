//! `POST /tcb/getuploadsignature`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec};

/// Signs an upload of code to Tencent Cloud. In `tcb-api` the handle of functions takes all steps
/// (`upload_code`).
///
/// The upload is a `POST` to `https://scf.tencentcloudapi.com` with the headers of the answer. Its
/// body is a JSON object with `CodeSecret` (see [`GetCodeSecret`](super::GetCodeSecret)), `EnvId`,
/// `FunctionName`, `Handler` (`index.main`) and `ZipFile` (the archive as Base64). The signature is
/// over the bytes of that body, so write it once: hash it, ask for the signature, and send the very
/// same bytes. The signature is good for a short while, about five minutes by Tencent Cloud's rule.
///
/// | Call | `POST /tcb/getuploadsignature` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/scf-management/api_getyploadsignature.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/getYploadSignature.html) |
#[doc(alias = "/tcb/getuploadsignature")]
#[doc(alias = "getYploadSignature")]
#[doc(alias = "获取上传凭证")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetUploadSignature {
    /// SHA-256 of the body that will be sent, in hex with small letters.
    pub hashed_payload: String,
}

impl GetUploadSignature {
    /// Signs the upload of the body with this hash.
    pub fn new(hashed_payload: impl Into<String>) -> Self {
        Self { hashed_payload: hashed_payload.into() }
    }
}

impl Operation for GetUploadSignature {
    type Response = GetUploadSignatureResponse;
    // Idempotent: a signature that got lost on its way runs out unused.
    const SPEC: OperationSpec = OperationSpec::post("getYploadSignature", "/tcb/getuploadsignature")
        .permission_sets(&[49, 64])
        .idempotent()
        .required_in_response(&["headers"])
        .secret_response();
}

/// The signature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetUploadSignatureResponse {
    /// The headers to send with the upload, all of them.
    #[serde(skip_serializing)]
    pub headers: SignedHeaders,
}

secret! {
    /// Headers of a signed call of Tencent Cloud, as lines of one text.
    ///
    /// ```
    /// use tcb_types::cloudbase_common::SignedHeaders;
    ///
    /// let text = "Authorization:TC3-HMAC-SHA256 a, b\r\nHost:scf.tencentcloudapi.com";
    /// let headers = SignedHeaders::new(text);
    /// let all: Vec<_> = headers.lines().collect();
    /// let host = ("Host", "scf.tencentcloudapi.com");
    /// assert_eq!(all, [("Authorization", "TC3-HMAC-SHA256 a, b"), host]);
    /// ```
    SignedHeaders
}

impl SignedHeaders {
    /// Name and value of each header. The values are secrets.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.expose().lines().filter_map(|line| line.split_once(':'));
        lines.map(|(name, value)| (name.trim(), value.trim()))
    }
}
