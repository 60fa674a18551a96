//! `POST /componenttcb/deletescf`

use serde::Serialize;

use crate::{EnvId, FunctionName, Operation, OperationSpec, TokenKinds, wire};

/// Deletes a cloud function in one environment.
///
/// Two pages describe `functionname` as the environment's name; the sample and the older page show
/// that it is the function's.
///
/// | Call | `POST /componenttcb/deletescf` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_deletecloudfunction.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/deleteCloudFunction.html) |
#[doc(alias = "/componenttcb/deletescf")]
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
