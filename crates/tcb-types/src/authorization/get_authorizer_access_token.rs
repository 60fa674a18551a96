//! `POST /cgi-bin/component/api_authorizer_token`

use serde::{Deserialize, Serialize};

use crate::secret::expose;
use crate::{
    AccessTokenValue, AuthorizerAppId, ComponentAppId, Operation, OperationSpec, RefreshToken, Secret,
    TokenKinds, wire,
};

/// Makes a new access token for an authorised account.
///
/// The number of calls in a day is limited, so cache. Store the refresh token of the answer, in one
/// step with the access token: it is usually the one that was sent, but WeChat may change it. 61023
/// means that the refresh token is dead or not this account's.
///
/// | Call | `POST /cgi-bin/component/api_authorizer_token` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 61014, 61023 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getauthorizeraccesstoken.html) |
#[doc(alias = "/cgi-bin/component/api_authorizer_token")]
#[doc(alias = "getAuthorizerAccessToken")]
#[doc(alias = "api_authorizer_token")]
#[doc(alias = "获取授权账号调用令牌")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerAccessToken {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// The account to act for.
    #[serde(rename = "authorizer_appid")]
    pub app_id: AuthorizerAppId,
    /// Its stored refresh token.
    #[serde(rename = "authorizer_refresh_token", serialize_with = "expose")]
    pub refresh_token: RefreshToken,
}

impl GetAuthorizerAccessToken {
    /// Asks for a token of this account.
    pub fn new(
        component_app_id: impl Into<ComponentAppId>,
        app_id: impl Into<AuthorizerAppId>,
        refresh_token: impl Into<RefreshToken>,
    ) -> Self {
        Self {
            component_app_id: component_app_id.into(),
            app_id: app_id.into(),
            refresh_token: refresh_token.into(),
        }
    }
}

impl Operation for GetAuthorizerAccessToken {
    type Response = GetAuthorizerAccessTokenResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getAuthorizerAccessToken", "/cgi-bin/component/api_authorizer_token")
            .token(TokenKinds::Component)
            .required_in_response(&["authorizer_access_token"])
            .without_errcode(&["authorizer_access_token"])
            .secret_response();

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.refresh_token.as_ref()]
    }
}

/// New tokens of an account.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerAccessTokenResponse {
    /// Token to act for the account.
    #[serde(rename = "authorizer_access_token", skip_serializing)]
    pub access_token: AccessTokenValue,
    /// How long it lives, in seconds; 7200 as documented, and 0 when the answer has no such number.
    #[serde(default, deserialize_with = "wire::seconds")]
    pub expires_in: u64,
    /// Refresh token to keep from now on, when the answer brings one that is not empty.
    #[serde(rename = "authorizer_refresh_token", skip_serializing)]
    pub refresh_token: Option<RefreshToken>,
}
