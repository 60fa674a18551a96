//! `POST /cgi-bin/openapi/quota/get`

use serde::{Deserialize, Serialize};

use crate::{EncodeError, Operation, OperationSpec, TokenKinds, wire};

/// Reads how often an API may be called, and how often it was today.
///
/// The token has to be of the account that owns the API, else 76022: the platform's for its own
/// APIs, a merchant's when acting for it. An API's own documented quota wins over this answer.
/// Paths under `/sns/` cannot be asked about (76022); 76003 and 76021: the path is malformed or
/// unknown.
///
/// | Call | `POST /cgi-bin/openapi/quota/get` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | 76021, 76022, 76003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openapi/api_getapiquota.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openapi/getApiQuota.html) |
#[doc(alias = "/cgi-bin/openapi/quota/get")]
#[doc(alias = "getApiQuota")]
#[doc(alias = "查询API调用额度")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetApiQuota {
    /// Path of the API, with the leading slash and without the host.
    #[serde(rename = "cgi_path")]
    pub path: String,
}

impl GetApiQuota {
    /// Asks about the API at `path`, for example `/tcb/createfunction`.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }
}

impl Operation for GetApiQuota {
    type Response = ApiQuota;
    const SPEC: OperationSpec =
        OperationSpec::post("getApiQuota", "/cgi-bin/openapi/quota/get").token(TokenKinds::Either).read();

    fn validate(&self) -> Result<(), EncodeError> {
        super::validate_path(&self.path)
    }
}

/// Quota of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ApiQuota {
    /// Calls of today.
    #[serde(rename = "quota")]
    pub daily: Option<DailyQuota>,
    /// Limit of frequency for ordinary calls.
    pub rate_limit: Option<RateLimit>,
    /// Limit of frequency for calls that a platform makes for a merchant.
    pub component_rate_limit: Option<RateLimit>,
}

/// Calls of one day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DailyQuota {
    /// Calls that are allowed.
    #[serde(default, rename = "daily_limit", deserialize_with = "wire::optional_integer")]
    pub limit: Option<i64>,
    /// Calls that were made.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub used: Option<i64>,
    /// Calls that are left.
    #[serde(default, rename = "remain", deserialize_with = "wire::optional_integer")]
    pub remaining: Option<i64>,
}

/// A limit of frequency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RateLimit {
    /// Calls that are allowed in a period.
    #[serde(default, rename = "call_count", deserialize_with = "wire::optional_integer")]
    pub calls: Option<i64>,
    /// Length of the period, in seconds.
    #[serde(default, rename = "refresh_second", deserialize_with = "wire::optional_integer")]
    pub period: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncodeErrorKind;

    #[test]
    fn a_path_without_its_slash_is_not_sent() {
        for path in ["tcb/createfunction", "https://api.weixin.qq.com/tcb/createfunction", ""] {
            let error = GetApiQuota::new(path).body().unwrap_err();
            assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "cgi_path", .. }), "{path}");
        }
        assert_eq!(GetApiQuota::new("/tcb/x").body().unwrap(), br#"{"cgi_path":"/tcb/x"}"#);
    }
}
