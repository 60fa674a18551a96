//! `POST /componenttcb/createstaticstore`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, TokenKinds};

/// Opens static website hosting in an environment.
///
/// The work goes on after the answer; [`ListStaticSites`](super::ListStaticSites) shows the site as online when it is done.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/createStaticStore.html)
#[doc(alias = "createStaticStore")]
#[doc(alias = "开通静态网站")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateStaticSite {
    /// The environment.
    pub env: EnvId,
}

impl CreateStaticSite {
    /// Opens hosting in `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into() }
    }
}

impl Operation for CreateStaticSite {
    type Response = CreateStaticSiteResponse;
    const SPEC: OperationSpec = OperationSpec::post("createStaticStore", "/componenttcb/createstaticstore")
        .token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Opening has begun.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateStaticSiteResponse {}
