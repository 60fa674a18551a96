//! `POST /componenttcb/deletescf`

use serde::Serialize;

use crate::{EnvId, FunctionName, Operation, OperationSpec, TokenKinds, wire};

/// Deletes a cloud function in one environment.
///
/// Two pages describe `functionname` as the environment's name; the sample and the older page show
/// that it is the function's.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_deletecloudfunction.html)
#[doc(alias = "deleteCloudFunction")]
#[doc(alias = "删除云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteFunction {
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "functionname")]
    pub name: FunctionName,
}

impl DeleteFunction {
    /// Deletes the function `name` of `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for DeleteFunction {
    type Response = DeleteFunctionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("deleteCloudFunction", "/componenttcb/deletescf").token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The function is deleted.
    DeleteFunctionResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functionname_is_the_functions_name() {
        assert_eq!(DeleteFunction::new("e", "f").body().unwrap(), br#"{"env":"e","functionname":"f"}"#);
    }
}
