//! `POST /tcb/cloudbasereport`

use serde::Serialize;

use super::SmsTaskId;
use crate::{EnvId, Operation, OperationSpec, wire};

/// Reports an action of a marketing activity to cloud development.
///
/// Not confirmed: it is documented with the mini program, and the table of its page was not seen.
/// What is required follows the client `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, the
/// permission sets those of the related operations.
///
/// | Call | `POST /tcb/cloudbasereport` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others) |
#[doc(alias = "/tcb/cloudbasereport")]
#[doc(alias = "cloudbaseReportAPI")]
#[doc(alias = "云开发上报接口")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateReport {
    /// What is reported; `sendSmsTask` in the sample.
    #[serde(rename = "report_action")]
    pub action: String,
    /// The environment.
    #[serde(rename = "env_id")]
    pub env: EnvId,
    /// The activity.
    pub activity_id: String,
    /// The task.
    #[serde(rename = "task_id", skip_serializing_if = "Option::is_none")]
    pub task: Option<SmsTaskId>,
    /// How many numbers were sent to. It travels as text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "wire::optional_as_text")]
    #[cfg_attr(
        feature = "schema",
        serde(default, deserialize_with = "wire::optional_integer"),
        schemars(with = "Option<String>")
    )]
    pub phone_count: Option<u64>,
    /// The channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}

impl CreateReport {
    /// Reports `action` of the activity `activity_id` in `env`.
    pub fn new(env: impl Into<EnvId>, action: impl Into<String>, activity_id: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            env: env.into(),
            activity_id: activity_id.into(),
            task: None,
            phone_count: None,
            channel_id: None,
            session_id: None,
        }
    }

    setters! {
        task: impl Into<SmsTaskId>,
        phone_count: u64,
        channel_id: impl Into<String>,
        session_id: impl Into<String>,
    }
}

impl Operation for CreateReport {
    type Response = CreateReportResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("cloudbaseReportAPI", "/tcb/cloudbasereport").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The action is reported.
    CreateReportResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_numbers_is_sent_as_text() {
        let body = CreateReport::new("e", "sendSmsTask", "a").phone_count(12_345).body().unwrap();
        let sent = r#"{"report_action":"sendSmsTask","env_id":"e","activity_id":"a","phone_count":"12345"}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
    }
}
