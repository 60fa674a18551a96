//! `POST /componenttcb/batchgetenvid`

use serde::{Deserialize, Serialize};

use super::{EnvProduct, EnvShareFailure};
use crate::{AuthorizerAppId, EnvId, Operation, OperationSpec, Partial, TokenKinds, wire};

/// Lists which environments of the platform are shared with mini programs.
///
/// | Call | `POST /componenttcb/batchgetenvid` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudrun-batch/cloudenv-mgnt/api_getsharecloudbaseenv.md) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudrun-batch/cloudenv-mgnt/getShareCloudbaseEnv.html) |
#[doc(alias = "/componenttcb/batchgetenvid")]
#[doc(alias = "getShareCloudbaseEnv")]
#[doc(alias = "查询环境共享信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListEnvShares {
    /// The mini programs to look up.
    #[serde(rename = "appids")]
    pub app_ids: Vec<AuthorizerAppId>,
    /// The product that the environments belong to.
    #[serde(rename = "source_type")]
    pub product: EnvProduct,
}

impl ListEnvShares {
    /// What `app_ids` were given of environments of `product`.
    pub fn new<A: Into<AuthorizerAppId>>(app_ids: impl IntoIterator<Item = A>, product: EnvProduct) -> Self {
        Self { app_ids: app_ids.into_iter().map(Into::into).collect(), product }
    }
}

impl Operation for ListEnvShares {
    type Response = ListEnvSharesResponse;
    const SPEC: OperationSpec = OperationSpec::post("getShareCloudbaseEnv", "/componenttcb/batchgetenvid")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["relation_data.appid"]);
}

/// What mini programs were given.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "ListEnvSharesResponseWire", into = "ListEnvSharesResponseWire")]
#[non_exhaustive]
pub struct ListEnvSharesResponse {
    /// What each mini program was given, and the mini programs that could not be looked up.
    pub mini_programs: Partial<Vec<SharedEnvs>, EnvShareFailure>,
}

/// What the wire holds for [`ListEnvSharesResponse`].
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ListEnvSharesResponseWire {
    #[serde(default, deserialize_with = "wire::list")]
    relation_data: Vec<SharedEnvs>,
    #[serde(default, deserialize_with = "wire::list")]
    err_list: Vec<EnvShareFailure>,
}

impl From<ListEnvSharesResponseWire> for ListEnvSharesResponse {
    fn from(lists: ListEnvSharesResponseWire) -> Self {
        Self { mini_programs: Partial::new(lists.relation_data, lists.err_list) }
    }
}

impl From<ListEnvSharesResponse> for ListEnvSharesResponseWire {
    fn from(answer: ListEnvSharesResponse) -> Self {
        let (relation_data, err_list) = answer.mini_programs.into_parts();
        Self { relation_data, err_list }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(ListEnvSharesResponse => ListEnvSharesResponseWire);

/// What a mini program was given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SharedEnvs {
    /// The mini program.
    #[serde(rename = "appid")]
    pub app_id: AuthorizerAppId,
    /// The environments that are shared with it.
    #[serde(default, rename = "env_list", deserialize_with = "wire::list")]
    pub envs: Vec<EnvId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_failure_is_read_with_and_without_an_environment() {
        let body = br#"{"errcode":0,"relation_data":[{"appid":"wx1","env_list":["e"]}],
            "err_list":[{"appid":"wx2","errmsg":"x"},{"env":"e","appid":"wx3","errmsg":"x"}]}"#;
        let answer = read_response::<ListEnvShares>(body, &Scrubber::default()).unwrap();
        let (done, failures) = answer.mini_programs.into_parts();
        assert_eq!(done[0].envs, ["e"]);
        assert_eq!((failures[0].env.as_ref(), failures[1].env.as_ref()), (None, Some(&"e".into())));
    }
}
