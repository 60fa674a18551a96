//! `POST /cgi-bin/component/api_query_auth`

use serde::{Deserialize, Serialize};

use crate::secret::expose;
use crate::{
    AccessTokenValue, AuthorizationCode, AuthorizerAppId, ComponentAppId, Operation, OperationSpec,
    RefreshToken, Secret, TokenKinds, wire,
};

/// Exchanges the code of a merchant's authorisation for its tokens.
///
/// The same authorisation delivers its code twice, in the redirect and in the push; treat a code as
/// good for one exchange. 61009 is a code unknown or used, 61010 one that is too old. The refresh
/// token of an earlier authorisation is dead afterwards.
///
/// | Call | `POST /cgi-bin/component/api_query_auth` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 61010, 61009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getauthorizerrefreshtoken.html) |
#[doc(alias = "/cgi-bin/component/api_query_auth")]
#[doc(alias = "getAuthorizerRefreshToken")]
#[doc(alias = "api_query_auth")]
#[doc(alias = "获取刷新令牌")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerRefreshToken {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// `auth_code` of the redirect, `AuthorizationCode` of the push, or `auth_code` of a quick
    /// registration's push.
    #[serde(serialize_with = "expose")]
    pub authorization_code: AuthorizationCode,
}

impl GetAuthorizerRefreshToken {
    /// Exchanges this code.
    pub fn new(
        component_app_id: impl Into<ComponentAppId>,
        authorization_code: impl Into<AuthorizationCode>,
    ) -> Self {
        Self { component_app_id: component_app_id.into(), authorization_code: authorization_code.into() }
    }
}

impl Operation for GetAuthorizerRefreshToken {
    type Response = GetAuthorizerRefreshTokenResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getAuthorizerRefreshToken", "/cgi-bin/component/api_query_auth")
            .token(TokenKinds::Component)
            .required_in_response(&["authorization_info", "authorization_info.authorizer_appid"])
            .without_errcode(&["authorization_info"])
            .secret_response();

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.authorization_code.as_ref()]
    }
}

/// What the merchant granted.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerRefreshTokenResponse {
    /// The authorisation with its tokens.
    pub authorization_info: GrantedAuthorization,
}

/// An authorisation fresh from its code.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GrantedAuthorization {
    /// The account that authorised.
    #[serde(rename = "authorizer_appid")]
    pub app_id: AuthorizerAppId,
    /// Token to act for it; only when the account has API rights.
    #[serde(rename = "authorizer_access_token", skip_serializing)]
    pub access_token: Option<AccessTokenValue>,
    /// How long that token lives, in seconds; 0 when what the answer says is no such number.
    #[serde(default, deserialize_with = "wire::seconds")]
    pub expires_in: Option<u64>,
    /// Refresh token, to be stored durably.
    #[serde(rename = "authorizer_refresh_token", skip_serializing)]
    pub refresh_token: Option<RefreshToken>,
    /// Permission sets that the merchant granted; it may have unticked some that the link asked
    /// for.
    #[serde(default, rename = "func_info", deserialize_with = "wire::list")]
    pub grants: Vec<PermissionSetGrant>,
}

impl GrantedAuthorization {
    /// Ids of the permission sets that the merchant granted. Managing its cloud resources needs 49
    /// or 64.
    pub fn permission_sets(&self) -> impl Iterator<Item = u32> {
        PermissionSetGrant::ids(&self.grants)
    }
}

/// One granted permission set.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PermissionSetGrant {
    /// The set.
    #[serde(rename = "funcscope_category")]
    pub set: Option<PermissionSet>,
}

impl PermissionSetGrant {
    pub(super) fn ids(grants: &[Self]) -> impl Iterator<Item = u32> {
        grants.iter().filter_map(|grant| grant.set.as_ref()?.id)
    }
}

/// A permission set (权限集).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PermissionSet {
    /// Its number, for example 49 for managing a mini program's cloud resources.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub id: Option<u32>,
    /// Its kind; usually absent.
    #[serde(default, rename = "type", deserialize_with = "wire::optional_integer")]
    pub kind: Option<i64>,
    /// Its name; usually absent.
    pub name: Option<String>,
    /// Its description; usually absent.
    #[serde(rename = "desc")]
    pub description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Scrubber, read_response};

    #[test]
    fn a_permission_set_is_read_with_its_number_alone_and_in_full() {
        let body =
            br#"{"authorization_info":{"authorizer_appid":"a","func_info":[{"funcscope_category":{"id":49}},
            {"funcscope_category":{"id":18,"type":1,"name":"n","desc":"d"}}]}}"#;
        let granted = read_response::<GetAuthorizerRefreshToken>(body, &Scrubber::default()).unwrap();
        let granted = granted.authorization_info;
        assert_eq!(granted.permission_sets().collect::<Vec<_>>(), [49, 18]);
        let set = |at: usize| granted.grants[at].set.as_ref().unwrap();
        assert_eq!((set(0).kind, set(0).name.as_deref()), (None, None));
        assert_eq!(
            (set(1).kind, set(1).name.as_deref(), set(1).description.as_deref()),
            (Some(1), Some("n"), Some("d"))
        );
    }

    #[test]
    fn a_code_that_may_be_used_up_is_not_sent_again() {
        assert_eq!(GetAuthorizerRefreshToken::SPEC.class, Class::NotRepeatable);
    }
}
