//! `POST /componenttcb/staticfilelist`

use serde::Serialize;

use super::FilePage;
use crate::{EnvId, Operation, OperationSpec, TokenKinds};

/// Lists the files of the static website of an environment, a page at a time.
///
/// [`FilePage::next_marker`] says where the next page begins.
///
/// | Call | `POST /componenttcb/staticfilelist` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -503001, -503002, -503003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/staticstore-management/api_getstaticstorefile.html) |
#[doc(alias = "/componenttcb/staticfilelist")]
#[doc(alias = "getStaticStoreFile")]
#[doc(alias = "获取静态网站文件列表")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListStaticFiles {
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

impl ListStaticFiles {
    /// The first files of the website of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), prefix: None, delimiter: None, marker: None }
    }

    setters! {
        prefix: impl Into<String>,
        delimiter: impl Into<String>,
        marker: impl Into<String>,
    }
}

impl Operation for ListStaticFiles {
    type Response = FilePage;
    const SPEC: OperationSpec = OperationSpec::post("getStaticStoreFile", "/componenttcb/staticfilelist")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["contents.key"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_size_is_text_and_the_next_page_begins_at_the_last_file() {
        for size in [r#""554""#, "554"] {
            let body =
                format!(r#"{{"errcode":0,"contents":[{{"key":"a","size":{size}}}],"is_truncated":true}}"#);
            let page = read_response::<ListStaticFiles>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!((page.files[0].size, page.next_marker()), (Some(554), Some("a")), "{size}");
        }
        let next = ListStaticFiles::new("e").marker("a").body().unwrap();
        assert_eq!(next, br#"{"env":"e","marker":"a"}"#);
    }
}
