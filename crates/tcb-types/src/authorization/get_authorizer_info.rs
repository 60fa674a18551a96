//! `POST /cgi-bin/component/api_get_authorizer_info`

use serde::{Deserialize, Serialize};

use super::PermissionSetGrant;
use crate::{AuthorizerAppId, ComponentAppId, Operation, OperationSpec, RefreshToken, TokenKinds, wire};

/// Reads an authorised account: what it is, and what it granted.
///
/// The answer holds the account's refresh token, so it can bring a lost one back. 61003: the
/// account has not authorised the platform, or no longer.
///
/// | Call | `POST /cgi-bin/component/api_get_authorizer_info` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 61003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/authorization-management/api_getauthorizerinfo.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/authorization-management/getAuthorizerInfo.html) |
#[doc(alias = "/cgi-bin/component/api_get_authorizer_info")]
#[doc(alias = "getAuthorizerInfo")]
#[doc(alias = "获取授权账号详情")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerInfo {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// The account.
    #[serde(rename = "authorizer_appid")]
    pub app_id: AuthorizerAppId,
}

impl GetAuthorizerInfo {
    /// Asks about this account.
    pub fn new(component_app_id: impl Into<ComponentAppId>, app_id: impl Into<AuthorizerAppId>) -> Self {
        Self { component_app_id: component_app_id.into(), app_id: app_id.into() }
    }
}

impl Operation for GetAuthorizerInfo {
    type Response = GetAuthorizerInfoResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getAuthorizerInfo", "/cgi-bin/component/api_get_authorizer_info")
            .token(TokenKinds::Component)
            .read()
            .without_errcode(&["authorizer_info", "authorization_info"])
            .secret_response();
}

/// An account and its authorisation. Everything may be absent: it depends on the kind of account.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerInfoResponse {
    /// The account.
    pub authorizer_info: Option<AuthorizerInfo>,
    /// The authorisation.
    pub authorization_info: Option<Authorization>,
}

/// A standing authorisation.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Authorization {
    /// The account.
    #[serde(rename = "authorizer_appid")]
    pub app_id: Option<AuthorizerAppId>,
    /// Its refresh token, when it has API rights.
    #[serde(rename = "authorizer_refresh_token", skip_serializing)]
    pub refresh_token: Option<RefreshToken>,
    /// Permission sets that it granted.
    #[serde(default, rename = "func_info", deserialize_with = "wire::list")]
    pub grants: Vec<PermissionSetGrant>,
}

impl Authorization {
    /// Ids of the permission sets that the account granted.
    pub fn permission_sets(&self) -> impl Iterator<Item = u32> {
        PermissionSetGrant::ids(&self.grants)
    }
}

/// A public account, a mini program or another kind of account.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AuthorizerInfo {
    /// Display name.
    pub nick_name: Option<String>,
    /// URL of the avatar.
    pub head_img: Option<String>,
    /// Kind of account. 0 and 2 each mean two kinds; only [`mini_program`](Self::mini_program)
    /// tells them apart.
    pub service_type_info: Option<NumberedKind>,
    /// Verification: −1 unverified, 0 verified by WeChat, 1 by Sina Weibo, 3 and 4 qualification
    /// verified but not the name.
    pub verify_type_info: Option<NumberedKind>,
    /// Original id, `gh_…`.
    pub user_name: Option<String>,
    /// WeChat id, may be empty.
    pub alias: Option<String>,
    /// URL of the QR code.
    pub qrcode_url: Option<String>,
    /// Which functions are switched on.
    pub business_info: Option<BusinessInfo>,
    /// Obsolete.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub idc: Option<i64>,
    /// Legal entity behind the account.
    pub principal_name: Option<String>,
    /// Description of a mini program.
    pub signature: Option<String>,
    /// Present for mini programs only, which is the documented way to tell them apart.
    #[serde(rename = "MiniProgramInfo")]
    pub mini_program: Option<MiniProgramInfo>,
    /// How a mini program was registered: 0 ordinary, 2 reusing a public account, 6 enterprise
    /// quick registration, 13 trial, 15 alliance console, 16 personal, 17 personal trading, 19
    /// trial made regular, 22 reusing a merchant number, 23 made regular by one.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub register_type: Option<i64>,
    /// 1 normal, 14 closed, 16 banned, 18 warned, 19 frozen.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub account_status: Option<i64>,
    /// Configuration.
    pub basic_config: Option<BasicConfig>,
    /// Present for video channels.
    pub channels_info: Option<PresenceMark>,
    /// Present for WeChat stores.
    pub store_info: Option<PresenceMark>,
    /// Present for selling assistants.
    pub talent_info: Option<PresenceMark>,
    /// Present for suppliers.
    pub supplier_info: Option<PresenceMark>,
}

/// A kind that the service writes as a number and, rarely, a name.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NumberedKind {
    /// The number.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub id: Option<i64>,
    /// The name; usually absent.
    pub name: Option<String>,
}

/// Functions of an account, each 0 for off or 1 for on.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BusinessInfo {
    /// Payment.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub open_pay: Option<i64>,
    /// Shake.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub open_shake: Option<i64>,
    /// Scanning.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub open_scan: Option<i64>,
    /// Cards.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub open_card: Option<i64>,
    /// Store.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub open_store: Option<i64>,
}

/// What only mini programs have.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MiniProgramInfo {
    /// Domains that it may talk to.
    #[serde(rename = "network")]
    pub domains: Option<DomainConfig>,
    /// Its categories.
    #[serde(default, deserialize_with = "wire::list")]
    pub categories: Vec<Category>,
    /// Obsolete.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub visit_status: Option<i64>,
}

/// Configured domains of a mini program.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DomainConfig {
    /// For HTTPS requests.
    #[serde(default, deserialize_with = "wire::list")]
    pub request_domain: Vec<String>,
    /// For web sockets.
    #[serde(default, deserialize_with = "wire::list")]
    pub ws_request_domain: Vec<String>,
    /// For uploads.
    #[serde(default, deserialize_with = "wire::list")]
    pub upload_domain: Vec<String>,
    /// For downloads.
    #[serde(default, deserialize_with = "wire::list")]
    pub download_domain: Vec<String>,
    /// For UDP.
    #[serde(default, rename = "UDPDomain", deserialize_with = "wire::list")]
    pub udp_domain: Vec<String>,
    /// For TCP.
    #[serde(default, rename = "TCPDomain", deserialize_with = "wire::list")]
    pub tcp_domain: Vec<String>,
    /// For web views.
    #[serde(default, deserialize_with = "wire::list")]
    pub biz_domain: Vec<String>,
}

/// A category of a mini program.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Category {
    /// First level.
    pub first: Option<String>,
    /// Second level.
    pub second: Option<String>,
}

/// Configuration of an account.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BasicConfig {
    /// A phone number is bound. Without one `CreateCloudUser` is likely to answer that it waits for
    /// one; that this is the number meant is not documented.
    pub is_phone_configured: Option<bool>,
    /// An e-mail address is bound; without one the account cannot log in to the web console.
    pub is_email_configured: Option<bool>,
}

/// Says by being there that the account is of some kind.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PresenceMark {
    /// 0 as documented.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub id: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    fn account(body: &str) -> AuthorizerInfo {
        let body = format!(r#"{{"authorizer_info":{body}}}"#);
        let answer = read_response::<GetAuthorizerInfo>(body.as_bytes(), &Scrubber::default()).unwrap();
        answer.authorizer_info.unwrap()
    }

    #[test]
    fn members_in_both_styles_are_read() {
        let account = account(
            r#"{"nick_name":"n","MiniProgramInfo":{"visit_status":0,"network":{"RequestDomain":["https://a"],"WsRequestDomain":["wss://a"]}}}"#,
        );
        assert_eq!(account.nick_name.as_deref(), Some("n"));
        let domains = account.mini_program.unwrap().domains.unwrap();
        assert_eq!(
            (&domains.request_domain[0], &domains.ws_request_domain[0]),
            (&"https://a".into(), &"wss://a".into())
        );
    }

    #[test]
    fn domains_are_read_that_only_the_sample_or_only_the_table_has() {
        let account = account(
            r#"{"MiniProgramInfo":{"network":{"BizDomain":["b"],"TCPDomain":["t"],"UDPDomain":["u"]}}}"#,
        );
        let domains = account.mini_program.unwrap().domains.unwrap();
        assert_eq!(
            (domains.biz_domain, domains.tcp_domain, domains.udp_domain),
            (vec!["b".into()], vec!["t".into()], vec!["u".into()])
        );
    }

    #[test]
    fn only_what_mini_programs_have_tells_two_kinds_with_one_number_apart() {
        let program = account(r#"{"service_type_info":{"id":0},"MiniProgramInfo":{"visit_status":0}}"#);
        let public = account(r#"{"service_type_info":{"id":0}}"#);
        assert_eq!(program.service_type_info.unwrap().id, public.service_type_info.unwrap().id);
        assert!(program.mini_program.is_some() && public.mini_program.is_none());
    }

    #[test]
    fn functions_are_numbers() {
        let functions = account(r#"{"business_info":{"open_pay":1,"open_scan":0,"open_card":"1"}}"#)
            .business_info
            .unwrap();
        assert_eq!(
            (functions.open_pay, functions.open_scan, functions.open_card),
            (Some(1), Some(0), Some(1))
        );
    }
}
