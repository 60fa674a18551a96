//! `POST /tcb/batchdeletefile`

use serde::{Deserialize, Serialize};

use super::FailedFile;
use crate::cloudbase::check_files;
use crate::{EncodeError, EnvId, FileId, Operation, OperationSpec, Partial, partial, wire};

/// Deletes files of the cloud storage.
///
/// Each file has its own result. A call takes at most 50 files.
///
/// Not confirmed: no page of this operation was read. Its facts are those of four clients
/// (`fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, `JeffreySu/WeiXinMPSDK`, `binarywang/WxJava`,
/// `dowsorg/dows-sdk`), the path also that of the mini program documentation. One of them sends
/// part of its users to the path of batch mode under this name.
///
/// | Call | `POST /tcb/batchdeletefile` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/file-management/deleteTcbCloudFile.html) |
#[doc(alias = "/tcb/batchdeletefile")]
#[doc(alias = "deleteTcbCloudFile")]
#[doc(alias = "删除文件")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
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
    const SPEC: OperationSpec = OperationSpec::post("deleteTcbCloudFile", "/tcb/batchdeletefile")
        .permission_sets(&[49, 64])
        .required_in_response(&["delete_list.fileid"]);

    fn validate(&self) -> Result<(), EncodeError> {
        check_files("fileid_list", self.files.len())
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// What became of the files.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[must_use = "files may have failed although the call succeeded"]
pub struct DeleteFilesResponse {
    /// The files that are deleted, and those that are not.
    #[serde(default, rename = "delete_list", with = "partial::Items::<DeletedFileWire>")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<DeletedFileWire>"))]
    pub files: Partial<Vec<FileId>, FailedFile>,
}

/// One result, as the wire has it.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DeletedFileWire {
    fileid: FileId,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    status: Option<i64>,
    #[serde(default, deserialize_with = "crate::partial::reason")]
    errmsg: Option<String>,
}

impl From<DeletedFileWire> for Result<FileId, FailedFile> {
    fn from(item: DeletedFileWire) -> Self {
        match item.status {
            None | Some(0) => Ok(item.fileid),
            status => Err(FailedFile::new(item.fileid, status, item.errmsg)),
        }
    }
}

impl From<Result<FileId, FailedFile>> for DeletedFileWire {
    fn from(file: Result<FileId, FailedFile>) -> Self {
        match file {
            Ok(fileid) => Self { fileid, status: Some(0), errmsg: None },
            Err(FailedFile { id, code, message }) => {
                Self { fileid: id, status: Some(code.get()), errmsg: Some(message) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn each_file_has_its_own_result() {
        let body = br#"{"errcode":0,"delete_list":[
            {"fileid":"cloud://e.b/a","status":0,"errmsg":"ok"},{"fileid":"cloud://e.b/b","status":-503003}
        ]}"#;
        let answer = read_response::<DeleteFiles>(body, &Scrubber::default()).unwrap();
        let incomplete = answer.files.complete().unwrap_err();
        assert_eq!(incomplete.done(), &["cloud://e.b/a"]);
        assert_eq!(incomplete.failures()[0].id, "cloud://e.b/b");
    }
}
