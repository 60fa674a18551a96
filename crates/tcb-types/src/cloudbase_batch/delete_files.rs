//! `POST /componenttcb/batchdeletefile`

use serde::Serialize;

use crate::cloudbase::check_files;
use crate::cloudbase_common::DeleteFilesResponse;
use crate::{EncodeError, EnvId, FileId, Operation, OperationSpec, TokenKinds};

/// Deletes files of the storage of an environment.
///
/// Each file has its own result. A call takes at most 50 files; the documentation says so of
/// the same call in ordinary mode only.
///
/// | Call | `POST /componenttcb/batchdeletefile` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/file-mgnt/api_deletetcbfile.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/file-mgnt/deleteTcbFile.html) |
#[doc(alias = "/componenttcb/batchdeletefile")]
#[doc(alias = "deleteTcbFile")]
#[doc(alias = "删除文件")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteFiles {
    /// The environment.
    pub env: EnvId,
    /// The files, at most 50.
    #[serde(rename = "fileid_list")]
    pub files: Vec<FileId>,
}

impl DeleteFiles {
    /// Deletes `files` of `env`.
    pub fn new<I: Into<FileId>>(env: impl Into<EnvId>, files: impl IntoIterator<Item = I>) -> Self {
        Self { env: env.into(), files: files.into_iter().map(Into::into).collect() }
    }
}

impl Operation for DeleteFiles {
    type Response = DeleteFilesResponse;
    // Not idempotent: a repeat of a call that landed would say of each file that it does not exist.
    const SPEC: OperationSpec = OperationSpec::post("deleteTcbFile", "/componenttcb/batchdeletefile")
        .token(TokenKinds::Component)
        .required_in_response(&["delete_list.fileid"]);

    fn validate(&self) -> Result<(), EncodeError> {
        check_files("fileid_list", self.files.len())
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeErrorKind, Scrubber, read_response};

    #[test]
    fn one_file_too_many_is_refused_before_sending() {
        let delete = |n| DeleteFiles::new("e", (0..n).map(|_| "cloud://e.b/a")).body();
        assert!(delete(50).is_ok());
        let error = delete(51).unwrap_err();
        assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "fileid_list", .. }));
    }

    #[test]
    fn each_file_has_its_own_result_and_a_stray_link_is_ignored() {
        let body = br#"{"errcode":0,"delete_list":[{"fileid":"cloud://e.b/a","status":0,"errmsg":"ok"},
            {"fileid":"cloud://e.b/b","status":-503003,"download_url":""}]}"#;
        let answer = read_response::<DeleteFiles>(body, &Scrubber::default()).unwrap();
        let (deleted, failed) = answer.files.into_parts();
        assert_eq!(deleted, ["cloud://e.b/a"]);
        assert_eq!(failed[0].id, "cloud://e.b/b");
    }
}
