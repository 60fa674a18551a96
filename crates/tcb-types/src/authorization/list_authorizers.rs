//! `POST /cgi-bin/component/api_get_authorizer_list`

use serde::{Deserialize, Serialize};

use crate::{
    AuthorizerAppId, ComponentAppId, EncodeError, Operation, OperationSpec, RefreshToken, TokenKinds, wire,
};

/// Lists the accounts that authorised the platform, a page at a time.
///
/// It is the documented way to get lost refresh tokens back and to find what pushes missed.
///
/// | Call | `POST /cgi-bin/component/api_get_authorizer_list` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 40170 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/authorization-management/api_getauthorizerlist.html) |
#[doc(alias = "/cgi-bin/component/api_get_authorizer_list")]
#[doc(alias = "getAuthorizerList")]
#[doc(alias = "拉取已授权的账号信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListAuthorizers {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// How many accounts to skip.
    pub offset: u64,
    /// How many accounts to list; at most 500.
    pub count: u32,
}

impl ListAuthorizers {
    /// Largest page.
    pub const MAX_COUNT: u32 = 500;

    /// A page of `count` accounts after the first `offset`.
    pub fn new(component_app_id: impl Into<ComponentAppId>, offset: u64, count: u32) -> Self {
        Self { component_app_id: component_app_id.into(), offset, count }
    }
}

impl Operation for ListAuthorizers {
    type Response = ListAuthorizersResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getAuthorizerList", "/cgi-bin/component/api_get_authorizer_list")
            .token(TokenKinds::Component)
            .read()
            .required_in_response(&["list.authorizer_appid"])
            .without_errcode(&["list", "total_count"])
            .secret_response();

    fn validate(&self) -> Result<(), EncodeError> {
        if self.count > Self::MAX_COUNT {
            return Err(EncodeError::limit("count", "at most 500"));
        }
        Ok(())
    }
}

/// One page of accounts.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListAuthorizersResponse {
    /// Number of all authorised accounts.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total_count: Option<u64>,
    /// The page.
    #[serde(default, deserialize_with = "wire::list")]
    pub list: Vec<ListedAuthorizer>,
}

/// An authorised account.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListedAuthorizer {
    /// The account.
    #[serde(rename = "authorizer_appid")]
    pub app_id: AuthorizerAppId,
    /// Its refresh token; empty when the authorisation's code was never exchanged.
    #[serde(skip_serializing)]
    pub refresh_token: Option<RefreshToken>,
    /// When it authorised, as Unix time in seconds.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub auth_time: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_refresh_token_goes_by_its_short_name() {
        let body = br#"{"list":[{"authorizer_appid":"a","refresh_token":"r"}]}"#;
        let page = read_response::<ListAuthorizers>(body, &Scrubber::default()).unwrap();
        assert_eq!(page.list[0].refresh_token.as_ref().map(RefreshToken::expose), Some("r"));
    }
}
