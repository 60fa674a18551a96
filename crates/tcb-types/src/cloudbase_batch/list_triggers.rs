//! `POST /componenttcb/gettriggers`

use serde::{Deserialize, Serialize};

use crate::{EnvId, FunctionName, Operation, OperationSpec, TokenKinds, wire};

/// Lists the triggers of a cloud function.
///
/// | Call | `POST /componenttcb/gettriggers` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/getTriggers.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/getTriggers.html) |
#[doc(alias = "/componenttcb/gettriggers")]
#[doc(alias = "getTriggers")]
#[doc(alias = "获取触发器")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListTriggers {
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "funcname")]
    pub function: FunctionName,
}

impl ListTriggers {
    /// The triggers of `function` in `env`.
    pub fn new(env: impl Into<EnvId>, function: impl Into<FunctionName>) -> Self {
        Self { env: env.into(), function: function.into() }
    }
}

impl Operation for ListTriggers {
    type Response = ListTriggersResponse;
    const SPEC: OperationSpec = OperationSpec::post("getTriggers", "/componenttcb/gettriggers")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["triggers.trigger_name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Triggers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListTriggersResponse {
    /// The triggers.
    #[serde(default, deserialize_with = "wire::list")]
    pub triggers: Vec<Trigger>,
}

/// What starts a function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Trigger {
    /// Its name.
    #[serde(rename = "trigger_name")]
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Option<TriggerKind>,
    /// For a timer, its schedule: seven fields from second to year, with spaces between.
    pub config: Option<String>,
}

/// Kind of a trigger.
///
/// The service answers `timer` where it is sent `Timer`; both are read, whatever the case of their
/// letters, and the latter is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum TriggerKind {
    /// It starts the function by a schedule.
    Timer,
    /// Another kind, as the service writes it.
    Other(String),
}

impl From<String> for TriggerKind {
    fn from(text: String) -> Self {
        if text.eq_ignore_ascii_case("Timer") { Self::Timer } else { Self::Other(text) }
    }
}

impl From<TriggerKind> for String {
    fn from(kind: TriggerKind) -> Self {
        match kind {
            TriggerKind::Timer => "Timer".to_owned(),
            TriggerKind::Other(text) => text,
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(TriggerKind => String);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_kind_is_read_in_any_case() {
        for (text, kind) in [
            ("timer", TriggerKind::Timer),
            ("Timer", TriggerKind::Timer),
            ("cos", TriggerKind::Other("cos".into())),
        ] {
            let body = format!(r#"{{"errcode":0,"triggers":[{{"trigger_name":"t","type":"{text}"}}]}}"#);
            let answer = read_response::<ListTriggers>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.triggers[0].kind, Some(kind), "{text}");
        }
    }

    #[test]
    fn the_function_has_another_name_on_the_wire_than_in_the_other_calls() {
        assert_eq!(ListTriggers::new("e", "f").body().unwrap(), br#"{"env":"e","funcname":"f"}"#);
    }
}
