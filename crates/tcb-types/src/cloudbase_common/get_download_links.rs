//! `POST /tcb/batchdownloadfile`

use serde::{Deserialize, Serialize};

use super::FailedFile;
use crate::cloudbase::check_files;
use crate::{DownloadLink, EncodeError, EnvId, FileId, Operation, OperationSpec, Partial, partial, wire};

/// Makes links to download files of the cloud storage with.
///
/// Each file has its own result. A call takes at most 50 files.
///
/// Not confirmed: no page of this operation was read. Its facts are those of four clients that
/// agree (`fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, `JeffreySu/WeiXinMPSDK`,
/// `binarywang/WxJava`, `dowsorg/dows-sdk`), the path also that of the mini program documentation.
///
/// | Call | `POST /tcb/batchdownloadfile` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/file-management/getDownloadTcbFileLink.html) |
#[doc(alias = "/tcb/batchdownloadfile")]
#[doc(alias = "getDownloadTcbFileLink")]
#[doc(alias = "获取文件下载链接")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
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
    const SPEC: OperationSpec = OperationSpec::post("getDownloadTcbFileLink", "/tcb/batchdownloadfile")
        .permission_sets(&[49, 64])
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

/// A file to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct WantedFile {
    /// The file.
    #[serde(rename = "fileid")]
    pub id: FileId,
    /// How long the link works, in seconds.
    pub max_age: u64,
}

impl WantedFile {
    /// The file `id`, for `max_age` seconds.
    pub fn new(id: impl Into<FileId>, max_age: u64) -> Self {
        Self { id: id.into(), max_age }
    }
}

/// Links to files.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[must_use = "files may have failed although the call succeeded"]
pub struct GetDownloadLinksResponse {
    /// The files that have a link, and those that have none.
    #[serde(default, rename = "file_list", with = "partial::Items::<FileLinkWire>")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<FileLinkWire>"))]
    pub files: Partial<Vec<FileLink>, FailedFile>,
}

/// One result, as the wire has it.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FileLinkWire {
    fileid: FileId,
    #[serde(skip_serializing)]
    download_url: Option<DownloadLink>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    status: Option<i64>,
    #[serde(default, deserialize_with = "partial::reason")]
    errmsg: Option<String>,
}

impl From<FileLinkWire> for Result<FileLink, FailedFile> {
    fn from(item: FileLinkWire) -> Self {
        let works = matches!(item.status, None | Some(0));
        match item.download_url.filter(|link| works && !link.is_empty()) {
            Some(link) => Ok(FileLink { id: item.fileid, link }),
            None => Err(FailedFile::new(item.fileid, item.status, item.errmsg)),
        }
    }
}

impl From<Result<FileLink, FailedFile>> for FileLinkWire {
    fn from(file: Result<FileLink, FailedFile>) -> Self {
        match file {
            Ok(FileLink { id, link }) => {
                Self { fileid: id, download_url: Some(link), status: Some(0), errmsg: None }
            }
            Err(FailedFile { id, code, message }) => {
                Self { fileid: id, download_url: None, status: Some(code.get()), errmsg: Some(message) }
            }
        }
    }
}

/// A file that can be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serialize", derive(Serialize))]
#[non_exhaustive]
pub struct FileLink {
    /// The file.
    #[cfg_attr(feature = "serialize", serde(rename = "fileid"))]
    pub id: FileId,
    /// Where to download it.
    #[cfg_attr(feature = "serialize", serde(skip_serializing))]
    pub link: DownloadLink,
}

#[cfg(test)]
mod tests {
    use super::super::DeleteFiles;
    use super::*;
    use crate::{ErrCode, Scrubber, read_response};

    #[test]
    fn one_file_too_many_is_not_sent() {
        let links = |n| GetDownloadLinks::new("e", (0..n).map(|_| WantedFile::new("cloud://e.b/a", 60)));
        let deletion = |n| DeleteFiles::new("e", (0..n).map(|_| "cloud://e.b/a"));
        assert!(links(50).body().is_ok() && deletion(50).body().is_ok());
        assert!(links(51).body().is_err() && deletion(51).body().is_err());
    }

    #[test]
    fn each_file_has_its_own_result() {
        let body = br#"{"errcode":0,"file_list":[
            {"fileid":"cloud://e.b/a","download_url":"https://u/a","status":0,"errmsg":"ok"},
            {"fileid":"cloud://e.b/b","download_url":"","status":-503003,"errmsg":"gone"},
            {"fileid":"cloud://e.b/c","status":0}
        ]}"#;
        let answer = read_response::<GetDownloadLinks>(body, &Scrubber::default()).unwrap();
        let (links, failures) = answer.files.into_parts();
        assert_eq!(links, [FileLink { id: "cloud://e.b/a".into(), link: "https://u/a".into() }]);
        assert_eq!((failures[0].id.as_str(), failures[0].code), ("cloud://e.b/b", ErrCode::new(-503_003)));
        assert_eq!(failures[0].message, "gone");
        assert_eq!((failures[1].id.as_str(), failures[1].code), ("cloud://e.b/c", ErrCode::OK));
    }
}
