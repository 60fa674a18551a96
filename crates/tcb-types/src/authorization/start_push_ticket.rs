//! `POST /cgi-bin/component/api_start_push_ticket`

use serde::Serialize;

use crate::secret::expose;
use crate::{ComponentAppId, ComponentSecret, Operation, OperationSpec, Secret, TokenKinds, wire};

/// Switches the pushing of tickets on, when they stopped coming.
///
/// The answer brings no ticket: the next one comes with the next push, every ten minutes. Asking
/// again while pushing is on does nothing, so the call also serves as a health check.
///
/// | Call | `POST /cgi-bin/component/api_start_push_ticket` |
/// | --- | --- |
/// | Token | none |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | 40013 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_startpushticket.html) |
#[doc(alias = "/cgi-bin/component/api_start_push_ticket")]
#[doc(alias = "startPushTicket")]
#[doc(alias = "启动票据推送服务")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct StartPushTicket {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// Its secret, which [`GetComponentAccessToken`](super::GetComponentAccessToken) calls
    /// `component_appsecret`.
    #[serde(serialize_with = "expose")]
    pub component_secret: ComponentSecret,
}

impl StartPushTicket {
    /// Asks for tickets to be pushed to this platform.
    pub fn new(
        component_app_id: impl Into<ComponentAppId>,
        component_secret: impl Into<ComponentSecret>,
    ) -> Self {
        Self { component_app_id: component_app_id.into(), component_secret: component_secret.into() }
    }
}

impl Operation for StartPushTicket {
    type Response = StartPushTicketResponse;
    // Idempotent: when pushing is on, the service answers "in a normal state" and changes nothing.
    const SPEC: OperationSpec =
        OperationSpec::post("startPushTicket", "/cgi-bin/component/api_start_push_ticket")
            .token(TokenKinds::None)
            .idempotent();

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.component_secret.as_ref()]
    }
}

wire::empty! {
    /// Pushing is on.
    StartPushTicketResponse
}

#[cfg(test)]
mod tests {
    use super::super::GetComponentAccessToken;
    use super::*;

    #[test]
    fn the_secret_has_another_name_than_where_a_token_is_made() {
        assert_eq!(
            StartPushTicket::new("p", "s").body().unwrap(),
            br#"{"component_appid":"p","component_secret":"s"}"#
        );
        assert_eq!(
            GetComponentAccessToken::new("p", "s", "t").body().unwrap(),
            br#"{"component_appid":"p","component_appsecret":"s","component_verify_ticket":"t"}"#
        );
    }
}
