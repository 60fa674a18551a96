//! `POST /tcb/modifyenv`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Turns an environment that was made in the console of Tencent Cloud into one of the mini program.
///
/// Ordinary mode takes the authorizer's token, batch mode the platform's; the permission sets are
/// asked for the former only.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/env-management/api_changetcbenv.html)
#[doc(alias = "changeTcbEnv")]
#[doc(alias = "转换云环境")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ConvertEnv {
    /// The environment.
    pub env: EnvId,
}

impl ConvertEnv {
    /// Converts `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into() }
    }
}

impl Operation for ConvertEnv {
    type Response = ConvertEnvResponse;
    const SPEC: OperationSpec = OperationSpec::post("changeTcbEnv", "/tcb/modifyenv")
        .token(TokenKinds::Either)
        .permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The environment belongs to the mini program.
    ConvertEnvResponse
}
