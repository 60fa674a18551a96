//! `POST /tcb/checkmobile`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec};

/// Reads whether the mini program's administrator has a phone number bound.
///
/// Without one, [`CreateCloudUser`](super::CreateCloudUser) answers
/// [`WaitingForPhone`](super::CloudUser::WaitingForPhone).
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_checkmobileconfig.html)
#[doc(alias = "checkMobileConfig")]
#[doc(alias = "查询是否绑定手机号")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetPhoneBinding {
    /// Whether to send the administrator a message that asks for a number, when none is bound; not when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_tmpl: Option<bool>,
}

impl GetPhoneBinding {
    /// Only reads.
    pub fn new() -> Self {
        Self { push_tmpl: None }
    }

    /// Sends the administrator a message too, when no number is bound.
    #[must_use]
    pub fn ask(mut self) -> Self {
        self.push_tmpl = Some(true);
        self
    }
}

impl Operation for GetPhoneBinding {
    type Response = PhoneBinding;
    // Not a read: it may send a message, and a repeat may send a second one.
    const SPEC: OperationSpec = OperationSpec::post("checkMobileConfig", "/tcb/checkmobile")
        .permission_sets(&[49, 64])
        .required_in_answer(&["has_mobile"]);
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

    #[test]
    fn a_message_is_asked_for_in_lower_case_and_only_on_demand() {
        assert_eq!(GetPhoneBinding::new().body().unwrap(), b"{}");
        assert_eq!(GetPhoneBinding::new().ask().body().unwrap(), br#"{"push_tmpl":true}"#);
    }
}
