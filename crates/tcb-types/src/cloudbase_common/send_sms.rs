//! `POST /tcb/sendsms`

use serde::Serialize;

use super::{SendSmsResponse, sms};
use crate::{AppId, EncodeError, EnvId, Operation, OperationSpec, wire};

/// Sends a text message that opens a page of a static site.
///
/// It needs a bought package of messages, and is not open to mini games and personal mini programs.
/// A platform may use an environment of its own by naming itself as the owner. −501007: an argument
/// is wrong, or the package is used up; the text says which.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too. The Chinese index of that documentation dropped it in December 2025, so it may have
/// been withdrawn.
///
/// | Call | `POST /tcb/sendsms` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [99 云开发短信服务](crate::permission::CLOUD_MESSAGES) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -501007 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_sendcloudbasesms) |
#[doc(alias = "/tcb/sendsms")]
#[doc(alias = "sendCloudBaseSms")]
#[doc(alias = "发送短信")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SendSms {
    /// The environment.
    pub env: EnvId,
    /// Numbers in mainland China, each with `+86` before it; at most 1000.
    #[serde(rename = "phone_number_list")]
    pub phone_numbers: Vec<String>,
    /// Kind of message. The newest table calls it a number; samples and clients send text.
    #[serde(rename = "sms_type")]
    pub kind: SmsKind,
    /// Text of a marketing message, at most 30 characters; a whole message has at most 70.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Path on the static site, without the domain, for a marketing message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Template of a notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Values for the template of a notification.
    #[serde(rename = "template_param_list", skip_serializing_if = "Option::is_none")]
    pub template_params: Option<Vec<String>>,
    /// Whether to sign with the mini program's short name; not when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_short_name: Option<bool>,
    /// The account that owns the environment: the platform or the mini program, which it is when
    /// left out.
    #[serde(rename = "resource_appid", skip_serializing_if = "Option::is_none")]
    pub resource_app_id: Option<AppId>,
}

impl SendSms {
    /// A marketing message with this text, which opens `path` of the static site.
    pub fn marketing<N: Into<String>>(
        env: impl Into<EnvId>,
        phone_numbers: impl IntoIterator<Item = N>,
        content: impl Into<String>,
        path: impl Into<String>,
    ) -> Self {
        let content = Some(content.into());
        Self { content, path: Some(path.into()), ..Self::of(SmsKind::Marketing, env, phone_numbers) }
    }

    /// A notification by this template.
    pub fn notification<N: Into<String>, P: Into<String>>(
        env: impl Into<EnvId>,
        phone_numbers: impl IntoIterator<Item = N>,
        template_id: impl Into<String>,
        template_params: impl IntoIterator<Item = P>,
    ) -> Self {
        let template_params = Some(template_params.into_iter().map(Into::into).collect());
        let template_id = Some(template_id.into());
        Self { template_id, template_params, ..Self::of(SmsKind::Notification, env, phone_numbers) }
    }

    fn of<N: Into<String>>(
        kind: SmsKind,
        env: impl Into<EnvId>,
        phone_numbers: impl IntoIterator<Item = N>,
    ) -> Self {
        Self {
            env: env.into(),
            phone_numbers: phone_numbers.into_iter().map(Into::into).collect(),
            kind,
            content: None,
            path: None,
            template_id: None,
            template_params: None,
            use_short_name: None,
            resource_app_id: None,
        }
    }

    setters! {
        use_short_name: bool,
        resource_app_id: impl Into<AppId>,
    }
}

impl Operation for SendSms {
    type Response = SendSmsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("sendCloudBaseSms", "/tcb/sendsms").permission_sets(&[49, 64, 99]);

    fn validate(&self) -> Result<(), EncodeError> {
        sms::validate_numbers(&self.phone_numbers)?;
        match &self.content {
            Some(content) if content.chars().count() > 30 => {
                Err(EncodeError::limit("content", "at most 30 characters"))
            }
            _ => Ok(()),
        }
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::named! {
    /// Kind of a text message.
    SmsKind {
        /// With a text of one's own.
        Marketing = "Marketing",
        /// By a template.
        Notification = "Notification",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_text_and_brings_its_own_members() {
        let body = SendSms::marketing("e", ["+861"], "x", "/").body().unwrap();
        let sent =
            r#"{"env":"e","phone_number_list":["+861"],"sms_type":"Marketing","content":"x","path":"/"}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
        let body = SendSms::notification("e", ["+861"], "7", ["x"]).body().unwrap();
        let sent = r#"{"env":"e","phone_number_list":["+861"],"sms_type":"Notification","template_id":"7","template_param_list":["x"]}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
    }

    #[test]
    fn too_long_a_text_is_not_sent() {
        assert!(SendSms::marketing("e", ["+861"], "字".repeat(30), "/").body().is_ok());
        assert!(SendSms::marketing("e", ["+861"], "x".repeat(31), "/").body().is_err());
    }
}
