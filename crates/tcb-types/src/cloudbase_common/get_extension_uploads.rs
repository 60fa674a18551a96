//! `POST /tcb/describeextensionuploadinfo`

use serde::{Deserialize, Serialize};

use crate::{EncodeError, Operation, OperationSpec, PutUpload, Secret, UploadLink, wire};

/// Makes permissions to upload files for extensions, such as the file with the numbers of
/// [`CreateSmsTask`](super::CreateSmsTask).
///
/// The upload itself is a second step, without a token: [`PutUpload`] says how.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too; its permission sets are those of the related operations. −501007: an argument is
/// wrong, the text says which.
///
/// | Call | `POST /tcb/describeextensionuploadinfo` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -501007 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/cloudbase/cloudbase.describeExtensionUploadInfo.html) |
#[doc(alias = "/tcb/describeextensionuploadinfo")]
#[doc(alias = "describeExtensionUploadInfo")]
#[doc(alias = "描述扩展上传文件信息")]
#[derive(Clone, Debug, Serialize)]
#[serde(into = "GetExtensionUploadsWire")]
#[cfg_attr(feature = "schema", derive(Deserialize), serde(from = "GetExtensionUploadsWire"))]
#[non_exhaustive]
pub struct GetExtensionUploads {
    /// The files.
    pub files: Vec<ExtensionFile>,
}

impl GetExtensionUploads {
    /// Permissions for `files`.
    pub fn new(files: impl IntoIterator<Item = ExtensionFile>) -> Self {
        Self { files: files.into_iter().collect() }
    }
}

impl Operation for GetExtensionUploads {
    type Response = GetExtensionUploadsResponse;
    // Idempotent: a permission that got lost on its way runs out unused.
    const SPEC: OperationSpec =
        OperationSpec::post("describeExtensionUploadInfo", "/tcb/describeextensionuploadinfo")
            .permission_sets(&[49, 64])
            .idempotent()
            .required_in_response(&["Response.FilesData.UploadUrl"])
            .without_errcode(&["Response"])
            .secret_response();

    fn validate(&self) -> Result<(), EncodeError> {
        if self.files.iter().all(|file| file.name.chars().count() <= 24) {
            return Ok(());
        }
        Err(EncodeError::limit("FileName", "at most 24 characters"))
    }
}

/// A file to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExtensionFile {
    /// What it is for.
    #[serde(rename = "FileType")]
    pub kind: ExtensionFileKind,
    /// Its name, at most 24 characters.
    #[serde(rename = "FileName")]
    pub name: String,
}

impl ExtensionFile {
    /// The file `name`.
    pub fn new(kind: ExtensionFileKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

wire::named! {
    /// What a file of an extension is for.
    ExtensionFileKind {
        /// Code of a function.
        Function = "FUNCTION",
        /// Code of a static site.
        Static = "STATIC",
        /// Numbers to send text messages to.
        Sms = "SMS",
    }
}

/// What the wire holds: samples wrap the members, tables do not.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
struct GetExtensionUploadsWire {
    post_data: ExtensionFiles,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
struct ExtensionFiles {
    extension_files: Vec<ExtensionFile>,
}

impl From<GetExtensionUploads> for GetExtensionUploadsWire {
    fn from(uploads: GetExtensionUploads) -> Self {
        Self { post_data: ExtensionFiles { extension_files: uploads.files } }
    }
}

#[cfg(feature = "schema")]
impl From<GetExtensionUploadsWire> for GetExtensionUploads {
    fn from(GetExtensionUploadsWire { post_data }: GetExtensionUploadsWire) -> Self {
        Self { files: post_data.extension_files }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(GetExtensionUploads => GetExtensionUploadsWire);

/// Permissions to upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "GetExtensionUploadsResponseWire", into = "GetExtensionUploadsResponseWire")]
#[non_exhaustive]
pub struct GetExtensionUploadsResponse {
    /// One for each file.
    pub uploads: Vec<ExtensionUpload>,
    /// Tencent Cloud's id of the request.
    pub request_id: Option<String>,
}

/// A permission to upload one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serialize", derive(Serialize), serde(into = "FileData"))]
#[non_exhaustive]
pub struct ExtensionUpload {
    /// The name of the file afterwards, `extension://…`.
    pub code_uri: Option<String>,
    /// How to upload it.
    pub upload: PutUpload,
    /// Key to encrypt it with, when one is needed. How is not documented.
    pub custom_key: Option<Secret>,
    /// Largest size in megabytes; a larger file is deleted.
    pub max_size: Option<u64>,
}

/// What the wire holds: samples wrap the members, tables do not. Both are read, the former is
/// written.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct GetExtensionUploadsResponseWire {
    response: Option<Uploads>,
    #[serde(flatten, skip_serializing)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    flat: Uploads,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Uploads {
    #[serde(default, deserialize_with = "wire::list")]
    files_data: Vec<FileData>,
    request_id: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FileData {
    code_uri: Option<String>,
    #[serde(skip_serializing)]
    upload_url: UploadLink,
    #[serde(skip_serializing)]
    custom_key: Option<Secret>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    max_size: Option<u64>,
}

impl From<GetExtensionUploadsResponseWire> for GetExtensionUploadsResponse {
    fn from(answer: GetExtensionUploadsResponseWire) -> Self {
        let Uploads { files_data, request_id } = answer.response.unwrap_or(answer.flat);
        Self { uploads: files_data.into_iter().map(Into::into).collect(), request_id }
    }
}

impl From<FileData> for ExtensionUpload {
    fn from(data: FileData) -> Self {
        Self {
            code_uri: data.code_uri,
            upload: PutUpload::new(data.upload_url),
            custom_key: data.custom_key.filter(|key| !key.is_empty()),
            max_size: data.max_size,
        }
    }
}

impl From<ExtensionUpload> for FileData {
    fn from(upload: ExtensionUpload) -> Self {
        Self {
            code_uri: upload.code_uri,
            upload_url: upload.upload.url,
            custom_key: upload.custom_key,
            max_size: upload.max_size,
        }
    }
}

impl From<GetExtensionUploadsResponse> for GetExtensionUploadsResponseWire {
    fn from(answer: GetExtensionUploadsResponse) -> Self {
        let uploads = Uploads {
            files_data: answer.uploads.into_iter().map(Into::into).collect(),
            request_id: answer.request_id,
        };
        Self { response: Some(uploads), flat: Uploads::default() }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(GetExtensionUploadsResponse => GetExtensionUploadsResponseWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn uploads_are_read_with_their_wrapping_and_without() {
        let uploads = r#"{"FilesData":[{"CodeUri":"extension://x","UploadUrl":"https://u?canary","CustomKey":"","MaxSize":30}],"RequestId":"r"}"#;
        for body in [format!(r#"{{"Response":{uploads}}}"#), uploads.replacen('{', r#"{"errcode":0,"#, 1)] {
            let answer = read_response::<GetExtensionUploads>(body.as_bytes(), &Scrubber::default()).unwrap();
            let upload = &answer.uploads[0];
            assert_eq!(upload.upload, PutUpload::new("https://u?canary"), "{body}");
            assert_eq!((&upload.custom_key, upload.max_size), (&None, Some(30)));
            assert!(!format!("{answer:?}").contains("canary"));
        }
    }

    #[test]
    fn the_request_is_sent_wrapped_and_its_names_are_short() {
        let file = |name: &str| GetExtensionUploads::new([ExtensionFile::new(ExtensionFileKind::Sms, name)]);
        let sent = r#"{"PostData":{"ExtensionFiles":[{"FileType":"SMS","FileName":"a.csv"}]}}"#;
        assert_eq!(String::from_utf8(file("a.csv").body().unwrap()).unwrap(), sent);
        assert!(file(&"x".repeat(24)).body().is_ok());
        assert!(file(&"x".repeat(25)).body().is_err());
    }
}
