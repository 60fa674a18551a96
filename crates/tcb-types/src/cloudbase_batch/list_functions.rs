//! `POST /componenttcb/getscflist`

use serde::{Deserialize, Serialize};

use crate::cloudbase_common::FunctionStatus;
use crate::{EnvId, FunctionName, Operation, OperationSpec, TokenKinds, wire};

/// Lists the cloud functions of an environment, a page at a time.
///
/// | Call | `POST /componenttcb/getscflist` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_getcloudfunctionlist.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/getCloudFunctionList.html) |
#[doc(alias = "/componenttcb/getscflist")]
#[doc(alias = "getCloudFunctionList")]
#[doc(alias = "获取云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListFunctions {
    /// The environment.
    pub env: EnvId,
    /// How many functions to skip; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many functions to list; 20 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Part of a name; only functions that have it are listed.
    #[serde(rename = "searchkey", skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

impl ListFunctions {
    /// The first functions of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), offset: None, limit: None, search: None }
    }

    setters! {
        offset: u64,
        limit: u32,
        search: impl Into<String>,
    }
}

impl Operation for ListFunctions {
    type Response = ListFunctionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getCloudFunctionList", "/componenttcb/getscflist")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["functions.name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of functions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListFunctionsResponse {
    /// Number of functions.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total_count: Option<u64>,
    /// The page.
    #[serde(default, deserialize_with = "wire::list")]
    pub functions: Vec<Function>,
}

/// A cloud function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Function {
    /// Its name.
    pub name: FunctionName,
    /// Its runtime, for example `Nodejs8.9`.
    pub runtime: Option<String>,
    /// Its state.
    pub status: Option<FunctionStatus>,
    /// Why its state is bad; empty when all is well.
    #[serde(default, rename = "status_reason", deserialize_with = "wire::list")]
    pub status_reasons: Vec<StatusReason>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub add_time: Option<String>,
    /// When it was last changed, in the same format.
    pub mod_time: Option<String>,
}

/// Why a function is in a bad state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StatusReason {
    /// A code in words, for example `ResourceNotFound.File`; no number, unlike the code of an
    /// answer.
    #[serde(rename = "errcode")]
    pub code: Option<String>,
    /// The reason, in Chinese.
    #[serde(rename = "errmsg")]
    pub message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_reason_has_a_code_in_words_beside_the_code_of_the_answer() {
        let body = br#"{"errcode":0,"functions":[{"name":"f","status":"CreateFailed",
            "status_reason":[{"errcode":"ResourceNotFound.File","errmsg":"x"}]}]}"#;
        let answer = read_response::<ListFunctions>(body, &Scrubber::default()).unwrap();
        assert_eq!(answer.functions[0].status, Some(FunctionStatus::CreateFailed));
        assert_eq!(answer.functions[0].status_reasons[0].code.as_deref(), Some("ResourceNotFound.File"));
    }
}
