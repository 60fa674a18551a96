//! `POST /componenttcb/opencontainerservice`

use serde::Serialize;

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Opens cloud hosting, the running of containers, in an environment.
///
/// Not confirmed: the page could not be read. Path, body and sample come from the client
/// `SKIT.FlurlHttpClient.Wechat`, the path from `WxJava` too.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/opencontainerservice` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/opencontainerservice.html) |
#[doc(alias = "/componenttcb/opencontainerservice")]
#[doc(alias = "opencontainerservice")]
#[doc(alias = "开通云托管")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateContainerHosting {
    /// The environment.
    pub env: EnvId,
}

impl CreateContainerHosting {
    /// Opens cloud hosting in `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into() }
    }
}

impl Operation for CreateContainerHosting {
    type Response = CreateContainerHostingResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("opencontainerservice", "/componenttcb/opencontainerservice")
            .token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// Opening has begun.
    CreateContainerHostingResponse
}
