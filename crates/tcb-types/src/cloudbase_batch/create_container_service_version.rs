//! `POST /componenttcb/createcsversion`

use serde::{Deserialize, Serialize};

use super::{ContainerServiceName, ContainerVersionName, NewContainerVersion};
use crate::{EncodeError, EnvId, Operation, OperationSpec, Secret, TokenKinds};

/// Creates a version of a cloud hosting service.
///
/// Not confirmed: the page could be read in part only. Nested members, sample and answer come from
/// the client `SKIT.FlurlHttpClient.Wechat` and from the page of the call for several environments.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/createcsversion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/createcsversion.html) |
///
/// ```
/// use tcb_types::cloudbase_batch::{
///     ContainerSource, CreateContainerServiceVersion, NewContainerVersion, RepositoryKind,
/// };
///
/// let version = NewContainerVersion::new(ContainerSource::Repository)
///     .repository_type(RepositoryKind::GitHub)
///     .repository("https://github.com/owner/name.git")
///     .dockerfile_path("Dockerfile")
///     .max_instances(2);
/// let request = CreateContainerServiceVersion::new("shop-7gfwxe92", "echo", version);
/// assert_eq!(request.version.max_instances, Some(2));
/// ```
#[doc(alias = "/componenttcb/createcsversion")]
#[doc(alias = "createcsversion")]
#[doc(alias = "新建云托管服务版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateContainerServiceVersion {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// What the version is made of.
    #[serde(flatten)]
    pub version: NewContainerVersion,
    /// Whether WeChat's token is pushed into the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount_wx_token: Option<bool>,
}

impl CreateContainerServiceVersion {
    /// A version of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        version: NewContainerVersion,
    ) -> Self {
        Self { env: env.into(), service: service.into(), version, mount_wx_token: None }
    }

    setters! {
        mount_wx_token: bool,
    }
}

impl Operation for CreateContainerServiceVersion {
    type Response = CreateContainerServiceVersionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("createcsversion", "/componenttcb/createcsversion").token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        self.version.validate()
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.version.secrets()
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The new version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateContainerServiceVersionResponse {
    /// Its name.
    #[serde(rename = "version_name")]
    pub version: Option<ContainerVersionName>,
}
