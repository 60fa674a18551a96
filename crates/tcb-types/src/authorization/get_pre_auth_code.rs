//! `POST /cgi-bin/component/api_create_preauthcode`

use serde::{Deserialize, Serialize};

use crate::{ComponentAppId, Operation, OperationSpec, PreAuthCode, TokenKinds, wire};

/// Makes a code for one authorisation link.
///
/// A code is good for one merchant's visit. The documentation contradicts itself about its life
/// (1800 s, 600 s): believe [`expires_in`](GetPreAuthCodeResponse::expires_in).
///
/// | Call | `POST /cgi-bin/component/api_create_preauthcode` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 40125, 41001, 41004, 42001, 45009, 47001, 48001, 61004, 61005, 61006, 61011 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/ticket-token/api_getpreauthcode.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/Third-party_Platforms/api/pre_auth_code.html) |
#[doc(alias = "/cgi-bin/component/api_create_preauthcode")]
#[doc(alias = "getPreAuthCode")]
#[doc(alias = "获取预授权码")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPreAuthCode {
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
}

impl GetPreAuthCode {
    /// Asks for a code of this platform.
    pub fn new(component_app_id: impl Into<ComponentAppId>) -> Self {
        Self { component_app_id: component_app_id.into() }
    }
}

impl Operation for GetPreAuthCode {
    type Response = GetPreAuthCodeResponse;
    // Idempotent: a code that got lost on its way runs out unused and harms nobody.
    const SPEC: OperationSpec =
        OperationSpec::post("getPreAuthCode", "/cgi-bin/component/api_create_preauthcode")
            .token(TokenKinds::Component)
            .idempotent()
            .required_in_response(&["expires_in", "pre_auth_code"])
            .without_errcode(&["pre_auth_code"])
            .secret_response();
}

/// A code for one link.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPreAuthCodeResponse {
    /// The code.
    #[serde(skip_serializing)]
    pub pre_auth_code: PreAuthCode,
    /// How long it lives, in seconds.
    #[serde(deserialize_with = "wire::integer")]
    pub expires_in: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_code_lives_as_long_as_the_answer_says() {
        for life in [600, 1800] {
            let body = format!(r#"{{"pre_auth_code":"c","expires_in":{life}}}"#);
            let code = read_response::<GetPreAuthCode>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(code.expires_in, life);
        }
        assert!(read_response::<GetPreAuthCode>(br#"{"pre_auth_code":"c"}"#, &Scrubber::default()).is_err());
    }
}
