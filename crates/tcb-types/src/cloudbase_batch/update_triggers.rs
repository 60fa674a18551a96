//! `POST /componenttcb/batchupdatetriggers`

use serde::{Deserialize, Serialize};

use super::{EnvFailure, TriggerKind};
use crate::{EnvId, FunctionName, Operation, OperationSpec, Partial, TokenKinds, partial};

/// Sets triggers of a cloud function in several environments.
///
/// Whether the list replaces all triggers of the function, so that an empty one removes them, is
/// not documented.
///
/// | Call | `POST /componenttcb/batchupdatetriggers` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/updateTriggers.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/updateTriggers.html) |
#[doc(alias = "/componenttcb/batchupdatetriggers")]
#[doc(alias = "updateTriggers")]
#[doc(alias = "更新触发器")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateTriggers {
    /// The function.
    #[serde(rename = "funcname")]
    pub function: FunctionName,
    /// The environments.
    pub envs: Vec<EnvId>,
    /// The triggers.
    pub triggers: Vec<NewTrigger>,
}

impl UpdateTriggers {
    /// `triggers` for `function` in each of `envs`.
    pub fn new<E: Into<EnvId>>(
        function: impl Into<FunctionName>,
        envs: impl IntoIterator<Item = E>,
        triggers: impl IntoIterator<Item = NewTrigger>,
    ) -> Self {
        Self {
            function: function.into(),
            envs: envs.into_iter().map(Into::into).collect(),
            triggers: triggers.into_iter().collect(),
        }
    }
}

impl Operation for UpdateTriggers {
    type Response = UpdateTriggersResponse;
    const SPEC: OperationSpec = OperationSpec::post("updateTriggers", "/componenttcb/batchupdatetriggers")
        .token(TokenKinds::Component);
}

/// Where the triggers are set.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateTriggersResponse {
    /// The environments in which the update failed.
    #[serde(default, rename = "err_list", with = "partial::failures")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<EnvFailure>"))]
    pub envs: Partial<(), EnvFailure>,
}

/// A trigger to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewTrigger {
    /// Its name.
    #[serde(rename = "trigger_name")]
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: TriggerKind,
    /// For a timer, its schedule: second, minute, hour, day of month, month, day of week and year,
    /// with spaces between.
    pub config: String,
}

impl NewTrigger {
    /// A timer `name` that runs by `schedule`, for example `0 0 2 1 * * *` for two o'clock on the
    /// first of each month.
    pub fn timer(name: impl Into<String>, schedule: impl Into<String>) -> Self {
        Self { name: name.into(), kind: TriggerKind::Timer, config: schedule.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_timer_is_sent_with_a_capital() {
        let update = UpdateTriggers::new("f", ["e"], [NewTrigger::timer("t", "0 0 2 1 * * *")]);
        let body = String::from_utf8(update.body().unwrap()).unwrap();
        assert!(body.contains(r#""type":"Timer""#), "{body}");
    }

    #[test]
    fn the_list_of_failures_is_this_calls_own() {
        let body = br#"{"errcode":0,"err_list":[{"env":"e","errmsg":"can't find the env"}]}"#;
        let answer = read_response::<UpdateTriggers>(body, &Scrubber::default()).unwrap();
        assert_eq!(answer.envs.failures().len(), 1);
    }
}
