//! `POST /componenttcb/uploadfile`

use serde::Serialize;

use crate::{EnvId, FormUpload, Operation, OperationSpec, TokenKinds};

/// Makes a permission to upload one file to the storage of an environment.
///
/// The upload itself is a second step, without a token: [`FormUpload`] says how.
///
/// | Call | `POST /componenttcb/uploadfile` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/file-mgnt/api_getuploadfilelink.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/file-mgnt/getUploadFileLink.html) |
#[doc(alias = "/componenttcb/uploadfile")]
#[doc(alias = "getUploadFileLink")]
#[doc(alias = "获取上传文件链接")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetUploadLink {
    /// The environment.
    pub env: EnvId,
    /// Path that the file will have in the storage. The form of the upload repeats it.
    pub path: String,
}

impl GetUploadLink {
    /// A permission to upload to `path` in `env`.
    pub fn new(env: impl Into<EnvId>, path: impl Into<String>) -> Self {
        Self { env: env.into(), path: path.into() }
    }
}

impl Operation for GetUploadLink {
    type Response = FormUpload;
    // Idempotent: a permission that got lost on its way runs out unused, and no file exists before
    // the upload.
    const SPEC: OperationSpec = OperationSpec::post("getUploadFileLink", "/componenttcb/uploadfile")
        .token(TokenKinds::Component)
        .idempotent()
        .required_in_response(FormUpload::REQUIRED)
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
    fn the_id_in_the_storage_is_read_though_the_table_lacks_it() {
        let body = br#"{"url":"https://u","token":"t","authorization":"a","file_id":"cloud://e.b/p","cos_file_id":"c"}"#;
        let upload = read_response::<GetUploadLink>(body, &Scrubber::default()).unwrap();
        assert!(upload.fields("p").contains(&("x-cos-meta-fileid", "c")));
    }
}
