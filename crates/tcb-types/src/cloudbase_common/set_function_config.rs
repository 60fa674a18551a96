//! `POST /tcb/uploadfuncconfig`

use serde::{Deserialize, Serialize};

use super::FunctionConfigKind;
use crate::{EnvId, FunctionName, JsonText, Operation, OperationSpec};

/// Writes one of the configurations of a cloud function.
///
/// The official name says "get", but the call uploads.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/getUploadFuntionConfig.html)
///
/// ```
/// use tcb_types::cloudbase_common::{FunctionConfigKind, SetFunctionConfig};
///
/// let config = r#"{"timeout":5}"#;
/// let request = SetFunctionConfig::new("shop-prod-1a2b3c", "login", FunctionConfigKind::Environment, config);
/// assert_eq!(request.config.raw(), config);
/// ```
#[doc(alias = "getUploadFuntionConfig")]
#[doc(alias = "上传云函数配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
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
}

impl Operation for SetFunctionConfig {
    type Response = SetFunctionConfigResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("getUploadFuntionConfig", "/tcb/uploadfuncconfig").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The configuration is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetFunctionConfigResponse {}
