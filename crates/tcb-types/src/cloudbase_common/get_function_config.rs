//! `POST /tcb/getfuncconfig`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{EnvId, ErrCode, FunctionName, JsonText, Operation, OperationSpec, wire};

/// Reads one of the configurations of a cloud function.
///
/// | Call | `POST /tcb/getfuncconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002, 85089 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/scf-management/getFuntionConfig.html) |
#[doc(alias = "/tcb/getfuncconfig")]
#[doc(alias = "getFuntionConfig")]
#[doc(alias = "获取云函数配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetFunctionConfig {
    /// Which configuration.
    #[serde(rename = "type")]
    pub kind: FunctionConfigKind,
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
}

impl GetFunctionConfig {
    /// The configuration `kind` of the function `name` in `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>, kind: FunctionConfigKind) -> Self {
        Self { kind, env: env.into(), name: name.into() }
    }
}

impl Operation for GetFunctionConfig {
    type Response = FunctionConfig;
    const SPEC: OperationSpec = OperationSpec::post("getFuntionConfig", "/tcb/getfuncconfig")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["config"])
        .secret_response();

    fn outcome(code: ErrCode, _message: &str) -> Option<FunctionConfig> {
        (code == NEVER_UPLOADED).then_some(FunctionConfig { config: None })
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// No cloud call configuration was ever uploaded for the function.
const NEVER_UPLOADED: ErrCode = ErrCode::new(85089);

wire::numbered! {
    /// Configuration of a cloud function.
    FunctionConfigKind {
        /// Which of WeChat's interfaces it may call: a [`CloudCallConfig`](super::CloudCallConfig).
        CloudCall = 1,
        /// When it is invoked by itself. The form is not documented.
        Timer = 2,
        /// How long it may run, and its environment variables: an
        /// [`EnvironmentConfig`](super::EnvironmentConfig).
        Environment = 3,
    }
}

/// A configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
#[serde(try_from = "FunctionConfigWire", into = "FunctionConfigWire")]
pub struct FunctionConfig {
    /// The configuration, whose form [depends on its kind](FunctionConfigKind); `None` when a cloud
    /// call configuration was never uploaded (85089). Left out when it is serialised: values of
    /// environment variables are secrets.
    pub config: Option<JsonText>,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FunctionConfigWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
    #[serde(skip_serializing)]
    #[cfg_attr(feature = "schema", schemars(with = "JsonText"))]
    config: Option<JsonText>,
}

impl TryFrom<FunctionConfigWire> for FunctionConfig {
    type Error = Refusal;

    fn try_from(answer: FunctionConfigWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", GetFunctionConfig::outcome)? {
            return Ok(outcome);
        }
        let config = answer.config.ok_or("missing field `config`")?;
        Ok(Self { config: Some(config) })
    }
}

impl From<FunctionConfig> for FunctionConfigWire {
    fn from(answer: FunctionConfig) -> Self {
        let errcode = answer.config.is_none().then_some(NEVER_UPLOADED);
        Self { errcode, config: answer.config }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(FunctionConfig => FunctionConfigWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_configuration_that_was_never_uploaded_is_an_answer() {
        let read = |body: &str| read_response::<GetFunctionConfig>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":85089,"errmsg":"x"}"#).unwrap().config, None);
        let config = read(r#"{"errcode":0,"config":"{\"timeout\":5}"}"#).unwrap().config.unwrap();
        assert_eq!(config.raw(), r#"{"timeout":5}"#);
        assert!(read("{}").is_err());
    }
}
