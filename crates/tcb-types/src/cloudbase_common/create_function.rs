//! `POST /tcb/createfunction`

use serde::{Deserialize, Serialize};

use crate::{EnvId, FunctionName, Operation, OperationSpec};

/// Creates a cloud function.
///
/// The function exists when the call returns, but has no code until it is uploaded. −501000 has no text in the
/// documentation: callers met it for a missing environment and for a function that exists already. It is not repeated; read the
/// state back with [`ListFunctions`](super::ListFunctions).
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/createFunction.html)
#[doc(alias = "createFunction")]
#[doc(alias = "创建云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateFunction {
    /// Environment that will own the function.
    pub env: EnvId,
    /// Name, unique in the environment.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
}

impl CreateFunction {
    /// A function `name` in `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for CreateFunction {
    type Response = CreateFunctionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("createFunction", "/tcb/createfunction").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The function exists.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateFunctionResponse {}
