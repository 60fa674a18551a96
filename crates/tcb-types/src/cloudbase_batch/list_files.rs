//! `POST /componenttcb/getbucket`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists the files in the storage of an environment, a page at a time.
///
/// [`FilePage::next_marker`] says where the next page begins.
///
/// | Call | `POST /componenttcb/getbucket` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/file-mgnt/api_gettcbfile.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/file-mgnt/getTcbFile.html) |
#[doc(alias = "/componenttcb/getbucket")]
#[doc(alias = "getTcbFile")]
#[doc(alias = "获取文件列表")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListFiles {
    /// The environment.
    pub env: EnvId,
    /// Only files whose path starts with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A character: paths that agree from the prefix to this character are folded into one. Where
    /// the folded ones are listed is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The list begins at this path, in the byte order of UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl ListFiles {
    /// The first files of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), prefix: None, delimiter: None, marker: None }
    }

    setters! {
        prefix: impl Into<String>,
        delimiter: impl Into<String>,
        marker: impl Into<String>,
    }
}

impl Operation for ListFiles {
    type Response = FilePage;
    const SPEC: OperationSpec = OperationSpec::post("getTcbFile", "/componenttcb/getbucket")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["contents.key"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FilePage {
    /// The page.
    #[serde(default, rename = "contents", deserialize_with = "wire::list")]
    pub files: Vec<StoredFile>,
    /// Whether there are more.
    pub is_truncated: Option<bool>,
}

impl FilePage {
    /// The `marker` of the next page; `None` when this is the last one.
    ///
    /// The answer names no marker, so it is the path of the last file. The storage behind the
    /// service begins after the marker; whether the service does too is not documented, so the next
    /// page may begin with the file that this one ends with.
    pub fn next_marker(&self) -> Option<&str> {
        let last = self.files.last().filter(|_| self.is_truncated == Some(true))?;
        Some(&last.key)
    }
}

/// A file in a storage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StoredFile {
    /// Its path.
    pub key: String,
    /// When it was last changed, ISO 8601 in UTC with milliseconds.
    pub last_modified: Option<String>,
    /// The storage's checksum. It is the MD5 of the content only for files that were uploaded in
    /// one part; others end in `-1` or the like.
    pub md5: Option<String>,
    /// Its size in bytes, which travels as text.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub size: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    fn page(body: &str) -> FilePage {
        read_response::<ListFiles>(body.as_bytes(), &Scrubber::default()).unwrap()
    }

    #[test]
    fn a_size_is_read_from_text_and_from_a_number() {
        for size in [r#""554""#, "554"] {
            let page = page(&format!(r#"{{"errcode":0,"contents":[{{"key":"a","size":{size}}}]}}"#));
            assert_eq!(page.files[0].size, Some(554), "{size}");
        }
    }

    #[test]
    fn the_next_page_begins_at_the_last_file_of_a_truncated_one() {
        let files = r#""contents":[{"key":"a"},{"key":"b"}]"#;
        assert_eq!(page(&format!(r#"{{"errcode":0,{files},"is_truncated":true}}"#)).next_marker(), Some("b"));
        assert_eq!(page(&format!(r#"{{"errcode":0,{files},"is_truncated":false}}"#)).next_marker(), None);
        assert_eq!(page(&format!(r#"{{"errcode":0,{files}}}"#)).next_marker(), None);
        assert_eq!(page(r#"{"errcode":0,"contents":[],"is_truncated":true}"#).next_marker(), None);
    }
}
