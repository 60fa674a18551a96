//! `POST /componenttcb/delcontainerservice`

use serde::Serialize;

use super::ContainerServiceName;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Deletes a cloud hosting service.
///
/// Not confirmed: the page could not be read, and there is no sample. Path and body come from the
/// client `SKIT.FlurlHttpClient.Wechat`, the path from `WxJava` too.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/delcontainerservice` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/delcontainerservice.html) |
#[doc(alias = "/componenttcb/delcontainerservice")]
#[doc(alias = "delcontainerservice")]
#[doc(alias = "删除云托管服务")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteContainerService {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
}

impl DeleteContainerService {
    /// Deletes `service` of `env`.
    pub fn new(env: impl Into<EnvId>, service: impl Into<ContainerServiceName>) -> Self {
        Self { env: env.into(), service: service.into() }
    }
}

impl Operation for DeleteContainerService {
    type Response = DeleteContainerServiceResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("delcontainerservice", "/componenttcb/delcontainerservice")
            .token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The service is deleted.
    DeleteContainerServiceResponse
}
