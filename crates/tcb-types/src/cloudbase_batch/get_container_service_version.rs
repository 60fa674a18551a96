//! `POST /componenttcb/getcsversiondetail`

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    ContainerServiceName, ContainerSource, ContainerVersionName, ContainerVersionStatus, RepositoryKind,
    ScalingPolicy,
};
use crate::{EnvId, Operation, OperationSpec, Secret, TokenKinds, wire};

/// Reads a version of a cloud hosting service.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/getcsversiondetail` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/getcsversiondetail.html) |
#[doc(alias = "/componenttcb/getcsversiondetail")]
#[doc(alias = "getcsversiondetail")]
#[doc(alias = "查看云托管版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetContainerServiceVersion {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// The version.
    #[serde(rename = "version_name")]
    pub version: ContainerVersionName,
}

impl GetContainerServiceVersion {
    /// Reads `version` of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        version: impl Into<ContainerVersionName>,
    ) -> Self {
        Self { env: env.into(), service: service.into(), version: version.into() }
    }
}

impl Operation for GetContainerServiceVersion {
    type Response = ContainerVersion;
    const SPEC: OperationSpec = OperationSpec::post("getcsversiondetail", "/componenttcb/getcsversiondetail")
        .token(TokenKinds::Component)
        .read()
        .secret_response();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// A version of a cloud hosting service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerVersion {
    /// Its name; only the sample has it.
    #[serde(rename = "version_name")]
    pub name: Option<ContainerVersionName>,
    /// Its remark.
    pub remark: Option<String>,
    /// Path of its Dockerfile.
    pub dockerfile_path: Option<String>,
    /// Directory it is built in.
    pub build_dir: Option<String>,
    /// CPU in cores.
    #[serde(default, deserialize_with = "optional_number")]
    pub cpu: Option<f64>,
    /// Memory in GB.
    #[serde(default, rename = "mem", deserialize_with = "optional_number")]
    pub memory: Option<f64>,
    /// Least number of instances.
    #[serde(default, rename = "minnum", deserialize_with = "wire::optional_integer")]
    pub min_instances: Option<u32>,
    /// Greatest number of instances.
    #[serde(default, rename = "maxnum", deserialize_with = "wire::optional_integer")]
    pub max_instances: Option<u32>,
    /// What scaling is driven by.
    pub policy_type: Option<ScalingPolicy>,
    /// Threshold of scaling in percent.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub policy_threshold: Option<u32>,
    /// Environment variables as text, kept secret because keys and passwords live there. The form
    /// is not documented.
    #[serde(skip_serializing)]
    pub env_params: Option<Secret>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub created_time: Option<String>,
    /// When it was last changed, in the same format.
    pub updated_time: Option<String>,
    /// Its internal address.
    #[serde(rename = "version_ip")]
    pub ip: Option<String>,
    /// Its internal port.
    #[serde(default, rename = "version_port", deserialize_with = "wire::optional_integer")]
    pub port: Option<u16>,
    /// Its state.
    pub status: Option<ContainerVersionStatus>,
    /// Name of its code package.
    pub package_name: Option<String>,
    /// Version of its code package.
    pub package_version: Option<String>,
    /// Where its code comes from.
    pub upload_type: Option<ContainerSource>,
    /// Kind of its code repository. The member is called `repo_type` here and `repository_type`
    /// where a version is created; both are read.
    #[serde(rename = "repo_type", alias = "repository_type")]
    pub repository_type: Option<RepositoryKind>,
    /// Address of its code repository, under `repo` here and `repository` where a version is
    /// created; both are read.
    #[serde(rename = "repo", alias = "repository")]
    pub repository: Option<String>,
    /// Branch of the repository.
    pub branch: Option<String>,
    /// Logs that are collected, `stdout` in the sample.
    pub custom_logs: Option<String>,
    /// Address of its image.
    pub image_url: Option<String>,
    /// Port that it listens on.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub container_port: Option<u16>,
}

/// Reads a number that may come as text, or be absent or `null`.
fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Number(f64),
        Text(String),
    }

    let number = Option::<Number>::deserialize(deserializer)?.map(|number| match number {
        Number::Number(number) => Ok(number),
        Number::Text(text) => {
            text.trim().parse().map_err(|_| D::Error::custom("text, expected a number, perhaps as text"))
        }
    });
    number.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_repository_is_read_under_both_names() {
        for (kind, address) in [("repo_type", "repo"), ("repository_type", "repository")] {
            let body =
                format!(r#"{{"errcode":0,"{kind}":"github","{address}":"https://github.com/a/b.git"}}"#);
            let version =
                read_response::<GetContainerServiceVersion>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(version.repository_type, Some(RepositoryKind::GitHub), "{kind}");
            assert_eq!(version.repository.as_deref(), Some("https://github.com/a/b.git"), "{address}");
        }
    }

    #[test]
    fn environment_variables_are_not_shown() {
        let body = br#"{"errcode":0,"env_params":"{\"KEY\":\"canary\"}","cpu":1}"#;
        let version = read_response::<GetContainerServiceVersion>(body, &Scrubber::default()).unwrap();
        assert!(!format!("{version:?}").contains("canary"));
        assert_eq!(version.env_params.unwrap().expose(), r#"{"KEY":"canary"}"#);
    }

    #[test]
    fn a_number_is_read_from_text_too() {
        let body = br#"{"errcode":0,"cpu":"0.5","mem":1,"minnum":"2"}"#;
        let version = read_response::<GetContainerServiceVersion>(body, &Scrubber::default()).unwrap();
        assert_eq!((version.cpu, version.memory, version.min_instances), (Some(0.5), Some(1.0), Some(2)));
        let error = read_response::<GetContainerServiceVersion>(
            br#"{"errcode":0,"cpu":"canary"}"#,
            &Scrubber::default(),
        );
        assert!(!error.unwrap_err().to_string().contains("canary"));
    }

    #[test]
    fn the_name_is_read_though_the_table_lacks_it() {
        for (body, name) in [
            (r#"{"errcode":0,"version_name":"echo-001"}"#, Some("echo-001".into())),
            (r#"{"errcode":0}"#, None),
        ] {
            let version =
                read_response::<GetContainerServiceVersion>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(version.name, name, "{body}");
        }
    }
}
