//! `POST /cgi-bin/component/set_authorizer_option`

use serde::Serialize;

use super::AuthorizerOptionName;
use crate::{AuthorizerAppId, ComponentAppId, Operation, OperationSpec, TokenKinds, wire};

/// Sets an option of an authorised account. None of them concerns mini programs or cloud
/// development.
///
/// It needs the merchant's grant. Send it with the account's token, which names the account. With
/// the platform's token only the members of the first generation name it. 61012: unknown option;
/// 61013: the value is not allowed; 61025: the option cannot be set.
///
/// Not confirmed: the documentation's editions and three clients disagree on path, token and
/// members. The path, without `api_`, is that of the current page, `binarywang/WxJava` and
/// `JeffreySu/WeiXinMPSDK`.
///
/// | Call | `POST /cgi-bin/component/set_authorizer_option` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | 40013, 61012, 61013, 61025 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/authorization-management/api_setauthorizeroptioninfo.html) |
#[doc(alias = "/cgi-bin/component/set_authorizer_option")]
#[doc(alias = "setAuthorizerOptionInfo")]
#[doc(alias = "设置授权方选项信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetAuthorizerOption {
    /// The option.
    #[serde(rename = "option_name")]
    pub name: AuthorizerOptionName,
    /// Its value, in the meaning that [`AuthorizerOptionName`] tells. It travels as text.
    #[serde(rename = "option_value", serialize_with = "wire::as_text")]
    #[cfg_attr(feature = "schema", serde(deserialize_with = "wire::integer"), schemars(with = "String"))]
    pub value: u32,
    /// The platform; a member of the first generation.
    #[serde(rename = "component_appid", skip_serializing_if = "Option::is_none")]
    pub component_app_id: Option<ComponentAppId>,
    /// The account; a member of the first generation.
    #[serde(rename = "authorizer_appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl SetAuthorizerOption {
    /// Sets the option `name` of the account behind the token.
    pub fn new(name: AuthorizerOptionName, value: u32) -> Self {
        Self { name, value, component_app_id: None, app_id: None }
    }

    /// Names platform and account, as the first generation of the interface did.
    #[must_use]
    pub fn of(
        mut self,
        component_app_id: impl Into<ComponentAppId>,
        app_id: impl Into<AuthorizerAppId>,
    ) -> Self {
        self.component_app_id = Some(component_app_id.into());
        self.app_id = Some(app_id.into());
        self
    }
}

impl Operation for SetAuthorizerOption {
    type Response = SetAuthorizerOptionResponse;
    // Idempotent: a repeat sets the same value.
    const SPEC: OperationSpec =
        OperationSpec::post("setAuthorizerOptionInfo", "/cgi-bin/component/set_authorizer_option")
            .token(TokenKinds::Either)
            .idempotent();
}

wire::empty! {
    /// The option is set.
    SetAuthorizerOptionResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_sent_as_text() {
        let body = SetAuthorizerOption::new(AuthorizerOptionName::VoiceRecognize, 1).body().unwrap();
        assert_eq!(body, br#"{"option_name":"voice_recognize","option_value":"1"}"#);
    }

    #[test]
    fn platform_and_account_are_named_only_on_demand() {
        let request = SetAuthorizerOption::new(AuthorizerOptionName::CustomerService, 0);
        assert_eq!(request.body().unwrap(), br#"{"option_name":"customer_service","option_value":"0"}"#);
        let sent = br#"{"option_name":"customer_service","option_value":"0","component_appid":"c","authorizer_appid":"a"}"#;
        assert_eq!(request.of("c", "a").body().unwrap(), sent);
    }
}
