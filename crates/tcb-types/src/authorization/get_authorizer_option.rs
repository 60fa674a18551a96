//! `POST /cgi-bin/component/get_authorizer_option`

use serde::{Deserialize, Serialize};

use crate::{AuthorizerAppId, ComponentAppId, Operation, OperationSpec, TokenKinds, wire};

/// Reads an option of an authorised account. None of them concerns mini programs or cloud
/// development.
///
/// Send it with the account's token, which names the account. With the platform's token only the
/// members of the first generation name it.
///
/// Not confirmed: the documentation's editions and three clients disagree on path, token and
/// members. The path, without `api_`, is that of the current page, `binarywang/WxJava` and
/// `JeffreySu/WeiXinMPSDK`.
///
/// | Call | `POST /cgi-bin/component/get_authorizer_option` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | 40001, 61012 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/authorization-management/api_getauthorizeroptioninfo.html) |
#[doc(alias = "/cgi-bin/component/get_authorizer_option")]
#[doc(alias = "getAuthorizerOptionInfo")]
#[doc(alias = "获取授权方选项信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetAuthorizerOption {
    /// The option.
    #[serde(rename = "option_name")]
    pub name: AuthorizerOptionName,
    /// The platform; a member of the first generation.
    #[serde(rename = "component_appid", skip_serializing_if = "Option::is_none")]
    pub component_app_id: Option<ComponentAppId>,
    /// The account; a member of the first generation.
    #[serde(rename = "authorizer_appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl GetAuthorizerOption {
    /// The option `name` of the account behind the token.
    pub fn new(name: AuthorizerOptionName) -> Self {
        Self { name, component_app_id: None, app_id: None }
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

impl Operation for GetAuthorizerOption {
    type Response = AuthorizerOption;
    const SPEC: OperationSpec =
        OperationSpec::post("getAuthorizerOptionInfo", "/cgi-bin/component/get_authorizer_option")
            .token(TokenKinds::Either)
            .read()
            .without_errcode(&["option_name", "option_value"]);
}

wire::named! {
    /// Option of an authorised account.
    AuthorizerOptionName {
        /// Reports of places: 0 none, 1 on entering a conversation, 2 every five seconds.
        LocationReport = "location_report",
        /// Recognition of speech: 0 off, 1 on.
        VoiceRecognize = "voice_recognize",
        /// Customer service by several agents: 0 off, 1 on.
        CustomerService = "customer_service",
    }
}

/// An option and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AuthorizerOption {
    /// The account; only the first generation of the interface tells it.
    #[serde(rename = "authorizer_appid")]
    pub app_id: Option<AuthorizerAppId>,
    /// The option.
    #[serde(rename = "option_name")]
    pub name: Option<AuthorizerOptionName>,
    /// Its value, which travels as text.
    #[serde(default, rename = "option_value", deserialize_with = "wire::optional_integer")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub value: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_value_is_a_number_in_text() {
        let body = br#"{"option_name":"voice_recognize","option_value":"1"}"#;
        let option = read_response::<GetAuthorizerOption>(body, &Scrubber::default()).unwrap();
        assert_eq!((option.name, option.value), (Some(AuthorizerOptionName::VoiceRecognize), Some(1)));
    }

    #[test]
    fn platform_and_account_are_named_only_on_demand() {
        let request = GetAuthorizerOption::new(AuthorizerOptionName::LocationReport);
        assert_eq!(request.body().unwrap(), br#"{"option_name":"location_report"}"#);
        let sent = br#"{"option_name":"location_report","component_appid":"c","authorizer_appid":"a"}"#;
        assert_eq!(request.of("c", "a").body().unwrap(), sent);
    }
}
