//! `POST /componenttcb/batchdownloadfile`

use serde::Serialize;

use crate::cloudbase::check_files;
use crate::cloudbase_common::{GetDownloadLinksResponse, WantedFile};
use crate::{EncodeError, EnvId, Operation, OperationSpec, TokenKinds};

/// Makes links to download files of the storage of an environment with.
///
/// Each file has its own result. A call takes at most 50 files; the documentation says so of
/// the same call in ordinary mode only.
///
/// | Call | `POST /componenttcb/batchdownloadfile` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/file-mgnt/api_getdownloadfilelink.html) |
#[doc(alias = "/componenttcb/batchdownloadfile")]
#[doc(alias = "getDownloadFileLink")]
#[doc(alias = "获取下载文件链接")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetDownloadLinks {
    /// The environment.
    pub env: EnvId,
    /// The files, at most 50.
    #[serde(rename = "file_list")]
    pub files: Vec<WantedFile>,
}

impl GetDownloadLinks {
    /// Links to `files` of `env`.
    pub fn new(env: impl Into<EnvId>, files: impl IntoIterator<Item = WantedFile>) -> Self {
        Self { env: env.into(), files: files.into_iter().collect() }
    }
}

impl Operation for GetDownloadLinks {
    type Response = GetDownloadLinksResponse;
    const SPEC: OperationSpec = OperationSpec::post("getDownloadFileLink", "/componenttcb/batchdownloadfile")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["file_list.fileid"])
        .secret_response();

    fn validate(&self) -> Result<(), EncodeError> {
        check_files("file_list", self.files.len())
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncodeErrorKind;

    #[test]
    fn one_file_too_many_is_refused_before_sending() {
        let links =
            |n| GetDownloadLinks::new("e", (0..n).map(|_| WantedFile::new("cloud://e.b/a", 60))).body();
        assert!(links(50).is_ok());
        let error = links(51).unwrap_err();
        assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "file_list", .. }));
    }
}
