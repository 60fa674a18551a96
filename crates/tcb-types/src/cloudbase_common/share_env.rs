//! `POST /tcb/shareenv`

use serde::Serialize;

use crate::{AuthorizerAppId, EnvId, Operation, OperationSpec, wire};

/// Lets another account use an environment of the mini program.
///
/// One client sends users of this name to the path of batch mode; all pages have this one.
///
/// | Call | `POST /tcb/shareenv` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/env-management/api_shareenv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/env-management/shareEnv.html) |
#[doc(alias = "/tcb/shareenv")]
#[doc(alias = "shareEnv")]
#[doc(alias = "环境共享")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ShareEnv {
    /// The environment.
    pub env: EnvId,
    /// The account that may use it.
    #[serde(rename = "appid")]
    pub app_id: AuthorizerAppId,
}

impl ShareEnv {
    /// Lets `app_id` use `env`.
    pub fn new(env: impl Into<EnvId>, app_id: impl Into<AuthorizerAppId>) -> Self {
        Self { env: env.into(), app_id: app_id.into() }
    }
}

impl Operation for ShareEnv {
    type Response = ShareEnvResponse;
    const SPEC: OperationSpec = OperationSpec::post("shareEnv", "/tcb/shareenv").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The environment is shared.
    ShareEnvResponse
}
