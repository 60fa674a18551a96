//! `POST /tcb/sendsmsv2`

use serde::Serialize;

use super::{SendSmsResponse, sms};
use crate::{AppId, EncodeError, EnvId, Operation, OperationSpec};

/// Sends a text message with a URL Link that opens the mini program.
///
/// −501007: an argument is wrong, the template is missing, or the package of messages is used up;
/// the text says which.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too. The Chinese index of that documentation dropped it in December 2025, so it may have
/// been withdrawn.
///
/// | Call | `POST /tcb/sendsmsv2` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [99 云开发短信服务](crate::permission::CLOUD_MESSAGES) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -501007 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_newsendcloudbasesms) |
#[doc(alias = "/tcb/sendsmsv2")]
#[doc(alias = "newSendCloudBaseSms")]
#[doc(alias = "发送短信v2")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SendSmsWithLink {
    /// The environment.
    pub env: EnvId,
    /// URL Link of the mini program.
    pub url_link: String,
    /// The template. The documentation names `844110` for marketing in some places and `2053122` in
    /// others.
    pub template_id: String,
    /// Values for the template; the first has at most 30 characters.
    #[serde(rename = "template_param_list")]
    pub template_params: Vec<String>,
    /// Numbers in mainland China, each with `+86` before it; at most 1000.
    #[serde(rename = "phone_number_list")]
    pub phone_numbers: Vec<String>,
    /// Whether to sign with the mini program's short name; not when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_short_name: Option<bool>,
    /// The account that owns the environment: the platform or the mini program, which it is when
    /// left out.
    #[serde(rename = "resource_appid", skip_serializing_if = "Option::is_none")]
    pub resource_app_id: Option<AppId>,
}

impl SendSmsWithLink {
    /// A message by this template, which opens `url_link`.
    pub fn new<N: Into<String>, P: Into<String>>(
        env: impl Into<EnvId>,
        phone_numbers: impl IntoIterator<Item = N>,
        template_id: impl Into<String>,
        template_params: impl IntoIterator<Item = P>,
        url_link: impl Into<String>,
    ) -> Self {
        Self {
            env: env.into(),
            url_link: url_link.into(),
            template_id: template_id.into(),
            template_params: template_params.into_iter().map(Into::into).collect(),
            phone_numbers: phone_numbers.into_iter().map(Into::into).collect(),
            use_short_name: None,
            resource_app_id: None,
        }
    }

    setters! {
        use_short_name: bool,
        resource_app_id: impl Into<AppId>,
    }
}

impl Operation for SendSmsWithLink {
    type Response = SendSmsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("newSendCloudBaseSms", "/tcb/sendsmsv2").permission_sets(&[49, 64, 99]);

    fn validate(&self) -> Result<(), EncodeError> {
        sms::validate_numbers(&self.phone_numbers)?;
        match self.template_params.first() {
            Some(first) if first.chars().count() > 30 => {
                Err(EncodeError::limit("template_param_list", "at most 30 characters in the first value"))
            }
            _ => Ok(()),
        }
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_a_first_value_is_not_sent() {
        let message = |value: String| SendSmsWithLink::new("e", ["+861"], "844110", [value], "https://u");
        assert!(message("字".repeat(30)).body().is_ok());
        assert!(message("字".repeat(31)).body().is_err());
    }
}
