//! `POST /wxa/getopendata`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{JsonText, OpenId, Operation, OperationSpec, json_text, wire};

/// Reads the open data that stand behind cloud ids.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too. One client calls `/tcb/getopendata`; all pages have the path that is called here.
///
/// | Call | `POST /wxa/getopendata` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [18 小程序开发与数据分析](crate::permission::DEVELOPMENT_AND_ANALYSIS) or [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40014, 41001, 42001 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_getopendata) |
#[doc(alias = "/wxa/getopendata")]
#[doc(alias = "getOpenData")]
#[doc(alias = "获取cloudID对应的数据")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetOpenData {
    /// The user. It travels in the URL; only a comment of the documentation's sample knows it.
    #[serde(rename = "openid", skip_serializing)]
    pub open_id: Option<OpenId>,
    /// The cloud ids.
    #[serde(rename = "cloudid_list")]
    pub cloud_ids: Vec<CloudId>,
}

impl GetOpenData {
    /// The data behind `cloud_ids`.
    pub fn new<I: Into<CloudId>>(cloud_ids: impl IntoIterator<Item = I>) -> Self {
        Self { open_id: None, cloud_ids: cloud_ids.into_iter().map(Into::into).collect() }
    }

    setters! {
        open_id: impl Into<OpenId>,
    }
}

impl Operation for GetOpenData {
    type Response = GetOpenDataResponse;
    const SPEC: OperationSpec = OperationSpec::post("getOpenData", "/wxa/getopendata")
        .permission_sets(&[18, 49])
        .read()
        .required_in_response(&["data_list.cloud_id"]);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        wire::parameter("openid", self.open_id.as_ref())
    }
}

id! {
    /// Id that stands for open data of a user (`cloudID`).
    CloudId
}

/// Open data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetOpenDataResponse {
    /// The data of each cloud id.
    #[serde(default, rename = "data_list", deserialize_with = "wire::list")]
    pub data: Vec<OpenData>,
}

/// Data behind a cloud id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OpenData {
    /// The cloud id.
    pub cloud_id: CloudId,
    /// The data. Tables say that it is text, the sample has an object; both are read.
    #[serde(default, deserialize_with = "json_text::optional_any")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")
    )]
    pub json: Option<JsonText>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn data_are_read_from_an_object_and_from_text() {
        for json in [r#"{"cloudID":"c"}"#, r#""{\"cloudID\":\"c\"}""#] {
            let body = format!(r#"{{"errcode":0,"data_list":[{{"cloud_id":"c","json":{json}}}]}}"#);
            let answer = read_response::<GetOpenData>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.data[0].json, Some(JsonText::new(r#"{"cloudID":"c"}"#)), "{json}");
        }
    }

    #[test]
    fn the_user_travels_in_the_url() {
        let request = GetOpenData::new(["c"]).open_id("o");
        assert_eq!(request.query(), [("openid", "o".into())]);
        assert_eq!(request.body().unwrap(), br#"{"cloudid_list":["c"]}"#);
        assert_eq!(GetOpenData::SPEC.path, "/wxa/getopendata");
    }
}
