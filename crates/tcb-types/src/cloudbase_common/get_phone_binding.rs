//! `POST /tcb/checkmobile`, which is two operations: one reads, the other may send a message too.

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec};

const SPEC: OperationSpec = OperationSpec::post("checkMobileConfig", "/tcb/checkmobile")
    .permission_sets(&[49, 64])
    .required_in_response(&["has_mobile"]);

/// Reads whether the mini program's administrator has a phone number bound.
///
/// Without one, [`CreateCloudUser`](super::CreateCloudUser) answers
/// [`WaitingForPhone`](super::CloudUser::WaitingForPhone). [`RequestPhoneBinding`] asks for one.
///
/// | Call | `POST /tcb/checkmobile` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_checkmobileconfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/checkMobileConfig.html) |
#[doc(alias = "/tcb/checkmobile")]
#[doc(alias = "checkMobileConfig")]
#[doc(alias = "查询是否绑定手机号")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPhoneBinding {}

impl GetPhoneBinding {
    /// Asks about the mini program behind the token.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for GetPhoneBinding {
    type Response = PhoneBinding;
    // No message is sent when the member that asks for one is left out.
    const SPEC: OperationSpec = SPEC.read();
}

/// Sends the mini program's administrator a message that asks for a phone number, when none is
/// bound.
///
/// The answer says whether one was bound before, as that of [`GetPhoneBinding`] does, which sends
/// no message.
///
/// | Call | `POST /tcb/checkmobile` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_checkmobileconfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/checkMobileConfig.html) |
#[doc(alias = "/tcb/checkmobile")]
#[doc(alias = "checkMobileConfig")]
#[doc(alias = "查询是否绑定手机号")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct RequestPhoneBinding {
    #[serde(rename = "push_tmpl")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<bool>"))]
    ask: bool,
}

impl RequestPhoneBinding {
    /// Asks the administrator of the mini program behind the token.
    pub fn new() -> Self {
        Self { ask: true }
    }
}

impl Default for RequestPhoneBinding {
    fn default() -> Self {
        Self::new()
    }
}

impl Operation for RequestPhoneBinding {
    type Response = PhoneBinding;
    // Not idempotent: a repeat may send a second message.
    const SPEC: OperationSpec = SPEC;
}

/// Whether there is a phone number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PhoneBinding {
    /// Whether the administrator has one bound.
    #[serde(rename = "has_mobile")]
    pub bound: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;

    #[test]
    fn a_message_is_asked_for_in_lower_case_and_only_on_demand() {
        assert_eq!(GetPhoneBinding::new().body().unwrap(), b"{}");
        assert_eq!(RequestPhoneBinding::new().body().unwrap(), br#"{"push_tmpl":true}"#);
    }

    #[test]
    fn only_the_call_that_sends_no_message_is_a_read() {
        assert_eq!(
            (GetPhoneBinding::SPEC.class, RequestPhoneBinding::SPEC.class),
            (Class::Read, Class::NotRepeatable)
        );
    }
}
