//! `POST /tcb/modifyenv`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Turns an environment that was made in the console of Tencent Cloud into one of the mini program.
///
/// Ordinary mode takes the authorizer's token, batch mode the platform's; the permission sets are
/// asked for the former only.
///
/// | Call | `POST /tcb/modifyenv` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40001, 40014, 40101, 41001, 42001, 43002, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/env-management/api_changetcbenv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/env-management/changeTcbEnv.html) |
#[doc(alias = "/tcb/modifyenv")]
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
