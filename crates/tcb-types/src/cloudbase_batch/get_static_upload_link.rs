//! `POST /componenttcb/staticuploadfile`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, PutUpload, TokenKinds};

/// Makes a permission to upload one file of the static website of an environment.
///
/// The upload itself is a second step, without a token: [`PutUpload`] says how.
///
/// | Call | `POST /componenttcb/staticuploadfile` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/staticstore-management/api_getuploadstaticstorefile.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/getUploadStaticStoreFile.html) |
#[doc(alias = "/componenttcb/staticuploadfile")]
#[doc(alias = "getUploadStaticStoreFile")]
#[doc(alias = "获取上传静态网站文件链接")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetStaticUploadLink {
    /// The environment.
    pub env: EnvId,
    /// Path that the file will have on the website.
    #[serde(rename = "filename")]
    pub path: String,
}

impl GetStaticUploadLink {
    /// A permission to upload to `path` on the website of `env`.
    pub fn new(env: impl Into<EnvId>, path: impl Into<String>) -> Self {
        Self { env: env.into(), path: path.into() }
    }
}

impl Operation for GetStaticUploadLink {
    type Response = PutUpload;
    // Idempotent: a permission that got lost on its way runs out unused, and no file exists before
    // the upload.
    const SPEC: OperationSpec =
        OperationSpec::post("getUploadStaticStoreFile", "/componenttcb/staticuploadfile")
            .token(TokenKinds::Component)
            .idempotent()
            .required_in_response(PutUpload::REQUIRED)
            .secret_response();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn an_encoded_signature_is_kept_as_it_came() {
        let body = br#"{"signed_url":"https://u/a?sign=q%3Dsha1%26b%3D1%3B2","token":"t"}"#;
        let upload = read_response::<GetStaticUploadLink>(body, &Scrubber::default()).unwrap();
        assert_eq!(upload.url.expose(), "https://u/a?sign=q%3Dsha1%26b%3D1%3B2");
        assert_eq!(upload.headers(), [("x-cos-security-token", "t")]);
    }
}
