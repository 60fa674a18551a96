//! `POST /tcb/uploadfile`

use serde::Serialize;

use crate::{EnvId, FormUpload, Operation, OperationSpec};

/// Makes a permission to upload one file to the cloud storage of an environment.
///
/// The upload itself is a second step, without a token: [`FormUpload`] says how.
///
/// | Call | `POST /tcb/uploadfile` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/storage) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/file-management/getUploadTcbFileLink.html) |
#[doc(alias = "/tcb/uploadfile")]
#[doc(alias = "getUploadTcbFileLink")]
#[doc(alias = "获取文件上传链接")]
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
    const SPEC: OperationSpec = OperationSpec::post("getUploadTcbFileLink", "/tcb/uploadfile")
        .permission_sets(&[49, 64])
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
    fn an_answer_without_the_id_in_the_storage_is_read() {
        let body = br#"{"url":"https://u","token":"t","authorization":"a","file_id":"cloud://e.b/p"}"#;
        let upload = read_response::<GetUploadLink>(body, &Scrubber::default()).unwrap();
        assert_eq!(upload, FormUpload::new("https://u", "t", "a", "cloud://e.b/p"));
    }
}
