//! `POST /tcb/adddelayedfunctiontask`

use serde::Serialize;

use crate::{EncodeError, EnvId, FunctionName, JsonText, Operation, OperationSpec, wire};

/// Has a cloud function invoked later, once.
///
/// There is no documented way to take it back, and sent twice it has the function invoked twice, so
/// the SDK never repeats it by itself.
///
/// Not confirmed for platforms: only the mini program's pages document it, and say that a platform
/// may call it. They require `data`; one client library makes it optional.
///
/// | Call | `POST /tcb/adddelayedfunctiontask` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/functions/api_adddelayedfunctiontask) |
#[doc(alias = "/tcb/adddelayedfunctiontask")]
#[doc(alias = "addDelayedFunctionTask")]
#[doc(alias = "延时调用云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateDelayedFunctionTask {
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
    /// The event that the function gets, as JSON text.
    #[serde(rename = "data")]
    pub event: JsonText,
    /// How long to wait, in seconds: [`MIN_DELAY`](Self::MIN_DELAY) to
    /// [`MAX_DELAY`](Self::MAX_DELAY).
    #[serde(rename = "delay_time")]
    pub delay: u32,
}

impl CreateDelayedFunctionTask {
    /// Shortest delay, in seconds.
    pub const MIN_DELAY: u32 = 6;
    /// Longest delay, in seconds: 30 days.
    pub const MAX_DELAY: u32 = 30 * 24 * 60 * 60;

    /// A task that has `name` in `env` invoked with `event` after `delay` seconds.
    pub fn new(
        env: impl Into<EnvId>,
        name: impl Into<FunctionName>,
        event: impl Into<JsonText>,
        delay: u32,
    ) -> Self {
        Self { env: env.into(), name: name.into(), event: event.into(), delay }
    }
}

impl Operation for CreateDelayedFunctionTask {
    type Response = CreateDelayedFunctionTaskResponse;
    const SPEC: OperationSpec = OperationSpec::post("addDelayedFunctionTask", "/tcb/adddelayedfunctiontask")
        .permission_sets(&[49, 64]);

    fn validate(&self) -> Result<(), EncodeError> {
        if (Self::MIN_DELAY..=Self::MAX_DELAY).contains(&self.delay) {
            return Ok(());
        }
        Err(EncodeError::limit("delay_time", "6 seconds to 30 days"))
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The function will be invoked.
    CreateDelayedFunctionTaskResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_outside_the_limits_is_not_sent() {
        for (delay, allowed) in [(5, false), (6, true), (2_592_000, true), (2_592_001, false)] {
            let body = CreateDelayedFunctionTask::new("e", "f", "{}", delay).body();
            assert_eq!(body.is_ok(), allowed, "{delay}");
        }
    }
}
