//! `POST /componenttcb/delcsversion`

use serde::Serialize;

use super::{ContainerServiceName, ContainerVersionName};
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Deletes a version of a cloud hosting service.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/delcsversion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/delcsversion.html) |
#[doc(alias = "/componenttcb/delcsversion")]
#[doc(alias = "delcsversion")]
#[doc(alias = "删除云托管版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteContainerServiceVersion {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// The version.
    #[serde(rename = "version_name")]
    pub version: ContainerVersionName,
}

impl DeleteContainerServiceVersion {
    /// Deletes `version` of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        version: impl Into<ContainerVersionName>,
    ) -> Self {
        Self { env: env.into(), service: service.into(), version: version.into() }
    }
}

impl Operation for DeleteContainerServiceVersion {
    type Response = DeleteContainerServiceVersionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("delcsversion", "/componenttcb/delcsversion").token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The version is deleted.
    DeleteContainerServiceVersionResponse
}
