//! `POST /tcb/uploadfuncconfig`

use serde::Serialize;

use super::{CloudCallConfig, EnvironmentConfig, FunctionConfigKind};
use crate::{EncodeError, EnvId, FunctionName, JsonText, Operation, OperationSpec, wire};

/// Writes one of the configurations of a cloud function.
///
/// The official name says "get", but the call uploads.
///
/// | Call | `POST /tcb/uploadfuncconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/common/uploadFuncConfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/getUploadFuntionConfig.html) |
///
/// ```
/// use tcb_types::cloudbase_common::{EnvironmentConfig, SetFunctionConfig};
///
/// let config = EnvironmentConfig::new().timeout(5);
/// let request = SetFunctionConfig::for_environment("shop-prod-1a2b3c", "login", &config);
/// assert_eq!(request.config.raw(), r#"{"timeout":5}"#);
/// ```
#[doc(alias = "/tcb/uploadfuncconfig")]
#[doc(alias = "getUploadFuntionConfig")]
#[doc(alias = "上传云函数配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetFunctionConfig {
    /// Which configuration.
    #[serde(rename = "type")]
    pub kind: FunctionConfigKind,
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
    /// The configuration, in the form that [`FunctionConfigKind`] tells.
    pub config: JsonText,
}

impl SetFunctionConfig {
    /// Makes `config` the configuration `kind` of the function `name` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        name: impl Into<FunctionName>,
        kind: FunctionConfigKind,
        config: impl Into<JsonText>,
    ) -> Self {
        Self { kind, env: env.into(), name: name.into(), config: config.into() }
    }

    /// Says which of WeChat's interfaces the function may call.
    pub fn for_cloud_calls(
        env: impl Into<EnvId>,
        name: impl Into<FunctionName>,
        config: &CloudCallConfig,
    ) -> Self {
        Self::new(env, name, FunctionConfigKind::CloudCall, config)
    }

    /// Says how long the function may run, and what it finds in its environment.
    pub fn for_environment(
        env: impl Into<EnvId>,
        name: impl Into<FunctionName>,
        config: &EnvironmentConfig,
    ) -> Self {
        Self::new(env, name, FunctionConfigKind::Environment, config)
    }
}

impl Operation for SetFunctionConfig {
    type Response = SetFunctionConfigResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getUploadFuntionConfig", "/tcb/uploadfuncconfig").permission_sets(&[49, 64]);

    /// A text that has not the documented form is sent as it is, for the service is the judge of
    /// it.
    fn validate(&self) -> Result<(), EncodeError> {
        let timeout = match self.kind {
            FunctionConfigKind::Environment => self.config.decode::<EnvironmentConfig>().ok(),
            _ => None,
        };
        match timeout.and_then(|config| config.timeout) {
            Some(0 | 301..) => Err(EncodeError::limit("config.timeout", "from 1 to 300 seconds")),
            _ => Ok(()),
        }
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The configuration is written.
    SetFunctionConfigResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_outside_its_limits_is_not_sent() {
        let set = |seconds| {
            let config = EnvironmentConfig::new().timeout(seconds);
            SetFunctionConfig::for_environment("e", "f", &config).body()
        };
        assert!(set(1).is_ok() && set(300).is_ok());
        assert!(set(0).is_err() && set(301).is_err());
        let other = SetFunctionConfig::new("e", "f", FunctionConfigKind::Timer, r#"{"timeout":0}"#);
        assert!(other.body().is_ok());
        let unknown = SetFunctionConfig::new("e", "f", FunctionConfigKind::Environment, "no JSON");
        assert!(unknown.body().is_ok());
    }

    #[test]
    fn the_kind_follows_from_the_form() {
        let config = CloudCallConfig::new(["wxacode.get"]);
        assert_eq!(
            SetFunctionConfig::for_cloud_calls("e", "f", &config).body().unwrap(),
            br#"{"type":1,"env":"e","function_name":"f","config":"{\"permissions\":{\"openapi\":[\"wxacode.get\"]}}"}"#
        );
    }
}
