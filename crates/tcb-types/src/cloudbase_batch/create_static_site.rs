//! `POST /componenttcb/createstaticstore`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Opens static website hosting in an environment.
///
/// The work goes on after the answer; [`ListStaticSites`](super::ListStaticSites) shows the site as
/// online when it is done.
///
/// | Call | `POST /componenttcb/createstaticstore` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/createStaticStore.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/createStaticStore.html) |
#[doc(alias = "/componenttcb/createstaticstore")]
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
