//! `POST /componenttcb/createstaticstore`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Opens static website hosting in an environment.
///
/// The work goes on after the answer; [`ListStaticSites`](super::ListStaticSites) shows the site as
/// online when it is done.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/createStaticStore.html)
#[doc(alias = "createStaticStore")]
#[doc(alias = "开通静态网站")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
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

wire::empty! {
    /// Opening has begun.
    CreateStaticSiteResponse
}
