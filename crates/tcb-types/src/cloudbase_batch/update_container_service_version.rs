//! `POST /componenttcb/setcsversionconfig`

use serde::Serialize;

use super::{ContainerServiceName, ContainerVersionName, check_instances};
use crate::secret::expose_optional;
use crate::{EncodeError, EnvId, Operation, OperationSpec, Secret, TokenKinds, wire};

/// Changes the configuration of a version of a cloud hosting service.
///
/// Members that are left out presumably stay as they are; the documentation does not say.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/setcsversionconfig` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/setcsversionconfig.html) |
#[doc(alias = "/componenttcb/setcsversionconfig")]
#[doc(alias = "setcsversionconfig")]
#[doc(alias = "配置云托管版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateContainerServiceVersion {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// The version.
    #[serde(rename = "version_name")]
    pub version: ContainerVersionName,
    /// Least number of instances.
    #[serde(rename = "minnum", skip_serializing_if = "Option::is_none")]
    pub min_instances: Option<u32>,
    /// Greatest number of instances, at most 50.
    #[serde(rename = "maxnum", skip_serializing_if = "Option::is_none")]
    pub max_instances: Option<u32>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Port that the version listens on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_port: Option<u16>,
    /// Path of logs to collect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_logs: Option<String>,
    /// Environment variables as text, kept secret because keys and passwords live there. The form
    /// is not documented; the call of Tencent Cloud behind this one takes JSON.
    #[serde(serialize_with = "expose_optional", skip_serializing_if = "Option::is_none")]
    pub env_params: Option<Secret>,
}

impl UpdateContainerServiceVersion {
    /// Changes nothing of `version` of `service` in `env` yet.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        version: impl Into<ContainerVersionName>,
    ) -> Self {
        Self {
            env: env.into(),
            service: service.into(),
            version: version.into(),
            min_instances: None,
            max_instances: None,
            remark: None,
            container_port: None,
            custom_logs: None,
            env_params: None,
        }
    }

    setters! {
        min_instances: u32,
        max_instances: u32,
        remark: impl Into<String>,
        container_port: u16,
        custom_logs: impl Into<String>,
        env_params: impl Into<Secret>,
    }
}

impl Operation for UpdateContainerServiceVersion {
    type Response = UpdateContainerServiceVersionResponse;
    const SPEC: OperationSpec = OperationSpec::post("setcsversionconfig", "/componenttcb/setcsversionconfig")
        .token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        check_instances(self.max_instances)
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.env_params.iter().collect()
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The configuration is changed.
    UpdateContainerServiceVersionResponse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncodeErrorKind;

    #[test]
    fn too_many_instances_are_refused_before_sending() {
        let change = |most| UpdateContainerServiceVersion::new("e", "s", "v").max_instances(most).body();
        let error = change(51).unwrap_err();
        assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "maxnum", .. }));
        assert!(change(50).is_ok());
    }

    #[test]
    fn environment_variables_are_sent_and_not_shown() {
        let change = UpdateContainerServiceVersion::new("e", "s", "v").env_params(r#"{"KEY":"canary"}"#);
        assert!(String::from_utf8(change.body().unwrap()).unwrap().contains("canary"));
        assert!(!format!("{change:?}").contains("canary"));
        assert_eq!(change.secrets().len(), 1);
    }
}
