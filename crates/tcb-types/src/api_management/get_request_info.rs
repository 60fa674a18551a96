//! `POST /cgi-bin/openapi/rid/get`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, RequestId, Secret, TokenKinds, wire};

/// Looks up one call by its request id: what was sent, and what WeChat answered.
///
/// WeChat keeps calls for seven days, and shows one only to the account that made it: the
/// platform's token for the platform's calls, a merchant's for those made for it. 76001: unknown or
/// too old; 76002: malformed; 76003: of another account.
///
/// | Call | `POST /cgi-bin/openapi/rid/get` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | 76001, 76002, 76003, 76022 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openapi/api_getridinfo.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openapi/getRidInfo.html) |
#[doc(alias = "/cgi-bin/openapi/rid/get")]
#[doc(alias = "getRidInfo")]
#[doc(alias = "查询rid信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetRequestInfo {
    /// The id, without the `rid:` before it. [`ApiError::rid`](crate::ApiError::rid) gives it.
    pub rid: RequestId,
}

impl GetRequestInfo {
    /// Looks this call up.
    pub fn new(rid: impl Into<RequestId>) -> Self {
        Self { rid: rid.into() }
    }
}

impl Operation for GetRequestInfo {
    type Response = GetRequestInfoResponse;
    const SPEC: OperationSpec = OperationSpec::post("getRidInfo", "/cgi-bin/openapi/rid/get")
        .token(TokenKinds::Either)
        .read()
        .required_in_response(&["request"])
        .secret_response();
}

/// The call that was looked up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetRequestInfoResponse {
    /// The call.
    pub request: RecordedRequest,
}

/// A call as WeChat recorded it. Query and bodies may hold secrets, for example those of a call
/// that fetched a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RecordedRequest {
    /// When it came, as Unix time in seconds.
    #[serde(default, rename = "invoke_time", deserialize_with = "wire::optional_integer")]
    pub time: Option<i64>,
    /// How long it took, in milliseconds.
    #[serde(default, rename = "cost_in_ms", deserialize_with = "wire::optional_integer")]
    pub duration: Option<i64>,
    /// Query of its URL, where the token is shortened.
    #[serde(rename = "request_url", skip_serializing)]
    pub query: Option<Secret>,
    /// Body that was sent.
    #[serde(skip_serializing)]
    pub request_body: Option<Secret>,
    /// Body that was answered.
    #[serde(skip_serializing)]
    pub response_body: Option<Secret>,
    /// Address that it came from; not every edition of the documentation has it.
    pub client_ip: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_callers_address_is_read_where_there_is_one() {
        for (body, address) in [
            (r#"{"errcode":0,"request":{"cost_in_ms":30,"client_ip":"1.2.3.4"}}"#, Some("1.2.3.4")),
            (r#"{"errcode":0,"request":{"cost_in_ms":30}}"#, None),
        ] {
            let answer = read_response::<GetRequestInfo>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.request.client_ip.as_deref(), address, "{body}");
        }
    }
}
