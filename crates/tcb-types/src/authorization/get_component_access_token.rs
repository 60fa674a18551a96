//! `POST /cgi-bin/component/api_component_token`

use serde::{Deserialize, Serialize};

use crate::secret::expose;
use crate::{
    AccessTokenValue, ComponentAppId, ComponentSecret, Operation, OperationSpec, Secret, TokenKinds,
    VerifyTicket, wire,
};

/// Makes a component access token out of the ticket.
///
/// The former token dies some five minutes later, so all processes of a platform have to share one.
/// The number of calls in a day is limited. 61005 and 61006 mean the ticket, 40125 the secret,
/// 61004 the caller's address.
///
/// | Call | `POST /cgi-bin/component/api_component_token` |
/// | --- | --- |
/// | Token | none |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 40125, 41004, 45009, 47001, 48001, 61004, 61005, 61006, 61011 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getcomponentaccesstoken.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/ticket-token/getComponentAccessToken.html) |
#[doc(alias = "/cgi-bin/component/api_component_token")]
#[doc(alias = "getComponentAccessToken")]
#[doc(alias = "获取令牌")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetComponentAccessToken {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// Its secret.
    #[serde(rename = "component_appsecret", serialize_with = "expose")]
    pub component_secret: ComponentSecret,
    /// A ticket that was pushed within the last twelve hours.
    #[serde(rename = "component_verify_ticket", serialize_with = "expose")]
    pub ticket: VerifyTicket,
}

impl GetComponentAccessToken {
    /// Asks for a token of this platform.
    pub fn new(
        component_app_id: impl Into<ComponentAppId>,
        component_secret: impl Into<ComponentSecret>,
        ticket: impl Into<VerifyTicket>,
    ) -> Self {
        Self {
            component_app_id: component_app_id.into(),
            component_secret: component_secret.into(),
            ticket: ticket.into(),
        }
    }
}

impl Operation for GetComponentAccessToken {
    type Response = GetComponentAccessTokenResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getComponentAccessToken", "/cgi-bin/component/api_component_token")
            .token(TokenKinds::None)
            .required_in_response(&["component_access_token"])
            .without_errcode(&["component_access_token"])
            .secret_response();

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.component_secret.as_ref(), self.ticket.as_ref()]
    }
}

/// A new component access token.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetComponentAccessTokenResponse {
    /// The token.
    #[serde(rename = "component_access_token", skip_serializing)]
    pub access_token: AccessTokenValue,
    /// How long it lives, in seconds; 7200 as documented, and 0 when the answer has no such number.
    #[serde(default, deserialize_with = "wire::seconds")]
    pub expires_in: u64,
}
