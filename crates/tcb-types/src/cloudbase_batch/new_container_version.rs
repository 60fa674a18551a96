//! What a new version of a cloud hosting service is made of.

use serde::Serialize;

use crate::secret::expose_optional;
use crate::{EncodeError, Secret, wire};

/// What a new version of a cloud hosting service is made of.
///
/// Besides the source only what goes with it is needed; the page of one of the two creating calls
/// marks more as required, but the samples of both leave it out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewContainerVersion {
    /// Where the code comes from.
    #[serde(rename = "upload_type")]
    pub source: ContainerSource,
    /// Share of the traffic in percent, 100 at most; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_ratio: Option<u32>,
    /// CPU in cores; 0.5 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Memory in GB; 1 when left out.
    #[serde(rename = "mem", skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Least number of instances; 0 when left out.
    #[serde(rename = "minnum", skip_serializing_if = "Option::is_none")]
    pub min_instances: Option<u32>,
    /// Greatest number of instances, 50 at most; 50 when left out.
    #[serde(rename = "maxnum", skip_serializing_if = "Option::is_none")]
    pub max_instances: Option<u32>,
    /// What scaling is driven by; the CPU when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<ScalingPolicy>,
    /// Threshold of scaling in percent; 60 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_threshold: Option<u32>,
    /// Port that the version listens on; 80 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_port: Option<u16>,
    /// Kind of the code repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_type: Option<RepositoryKind>,
    /// Address of the code repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Path of the Dockerfile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile_path: Option<String>,
    /// Directory to build in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_dir: Option<String>,
    /// Environment variables as text, kept secret because keys and passwords live there. The form
    /// is not documented; the call of Tencent Cloud behind this one takes JSON.
    #[serde(serialize_with = "expose_optional", skip_serializing_if = "Option::is_none")]
    pub env_params: Option<Secret>,
    /// Branch of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_remark: Option<String>,
    /// Name of the code package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_name: Option<String>,
    /// Version of the code package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_version: Option<String>,
    /// The image.
    #[serde(rename = "image_info", skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageInfo>,
    /// Where the code is fetched from.
    #[serde(rename = "code_detail", skip_serializing_if = "Option::is_none")]
    pub code_location: Option<CodeLocation>,
    /// Credentials of a private registry.
    #[serde(rename = "image_secret_info", skip_serializing_if = "Option::is_none")]
    pub image_login: Option<RegistryLogin>,
    /// Name of the stored credentials of a private registry, not a secret itself. The later call of
    /// cloud hosting spells it `image_pull_secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pulls_secret: Option<String>,
    /// Path of logs to collect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_logs: Option<String>,
}

impl NewContainerVersion {
    /// A version from `source`.
    pub fn new(source: ContainerSource) -> Self {
        Self {
            source,
            flow_ratio: None,
            cpu: None,
            memory: None,
            min_instances: None,
            max_instances: None,
            policy_type: None,
            policy_threshold: None,
            container_port: None,
            repository_type: None,
            repository: None,
            dockerfile_path: None,
            build_dir: None,
            env_params: None,
            branch: None,
            version_remark: None,
            package_name: None,
            package_version: None,
            image: None,
            code_location: None,
            image_login: None,
            image_pulls_secret: None,
            custom_logs: None,
        }
    }

    setters! {
        flow_ratio: u32,
        cpu: f64,
        memory: f64,
        min_instances: u32,
        max_instances: u32,
        policy_type: ScalingPolicy,
        policy_threshold: u32,
        container_port: u16,
        repository_type: RepositoryKind,
        repository: impl Into<String>,
        dockerfile_path: impl Into<String>,
        build_dir: impl Into<String>,
        env_params: impl Into<Secret>,
        branch: impl Into<String>,
        version_remark: impl Into<String>,
        package_name: impl Into<String>,
        package_version: impl Into<String>,
        image: ImageInfo,
        code_location: CodeLocation,
        image_login: RegistryLogin,
        image_pulls_secret: impl Into<String>,
        custom_logs: impl Into<String>,
    }

    /// Checks the documented limits.
    pub(super) fn validate(&self) -> Result<(), EncodeError> {
        if self.flow_ratio.is_some_and(|percent| percent > 100) {
            return Err(EncodeError::limit("flow_ratio", "0 to 100"));
        }
        super::check_instances(self.max_instances)
    }

    /// The secrets that it carries.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        let password = self.image_login.as_ref().and_then(|login| login.password.as_ref());
        self.env_params.iter().chain(password).collect()
    }
}

wire::named! {
    /// Where the code of a version comes from.
    ContainerSource {
        /// A code package.
        Package = "package",
        /// A code repository.
        Repository = "repository",
        /// A finished image.
        Image = "image",
    }
}

wire::named! {
    /// What the number of instances is driven by.
    ScalingPolicy {
        /// The use of the CPU.
        Cpu = "cpu",
    }
}

wire::named! {
    /// Kind of a code repository.
    RepositoryKind {
        /// CODING.
        Coding = "coding",
        /// GitLab.
        GitLab = "gitlab",
        /// GitHub.
        GitHub = "github",
    }
}

/// An image in a registry. That all members are required is known from the client
/// `SKIT.FlurlHttpClient.Wechat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ImageInfo {
    /// Name of the image repository.
    pub repository_name: String,
    /// Whether the repository is public.
    #[serde(rename = "ispublic")]
    pub is_public: bool,
    /// Tag of the image.
    #[serde(rename = "tagname")]
    pub tag: String,
    /// Server of the registry.
    #[serde(rename = "server_addr")]
    pub server: String,
    /// Address to pull from.
    #[serde(rename = "image_url")]
    pub url: String,
}

impl ImageInfo {
    /// An image by all that the service wants to know of it.
    pub fn new(
        repository_name: impl Into<String>,
        is_public: bool,
        tag: impl Into<String>,
        server: impl Into<String>,
        url: impl Into<String>,
    ) -> Self {
        Self {
            repository_name: repository_name.into(),
            is_public,
            tag: tag.into(),
            server: server.into(),
            url: url.into(),
        }
    }
}

/// Where code is fetched from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CodeLocation {
    /// Name of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<RepositoryName>,
    /// Address of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl CodeLocation {
    /// No place yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        name: RepositoryName,
        url: impl Into<String>,
    }
}

/// Name of a code repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct RepositoryName {
    /// Name with the owner, `owner/name`.
    #[serde(rename = "fullname", skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// Name without the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl RepositoryName {
    /// No name yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        full_name: impl Into<String>,
        name: impl Into<String>,
    }
}

/// Credentials of a private registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct RegistryLogin {
    /// Server of the registry.
    #[serde(rename = "registryserver", skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// User name.
    #[serde(rename = "username", skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password.
    #[serde(serialize_with = "expose_optional", skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Mail address, known from a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl RegistryLogin {
    /// No credentials yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        server: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<Secret>,
        email: impl Into<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncodeErrorKind;

    fn limit(version: &NewContainerVersion) -> Option<&'static str> {
        match version.validate().map_err(|error| error.kind()) {
            Err(EncodeErrorKind::Limit { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn shares_and_instances_beyond_their_limits_are_refused() {
        let version = NewContainerVersion::new(ContainerSource::Repository).flow_ratio(100).max_instances(50);
        assert_eq!(limit(&version), None);
        assert_eq!(limit(&version.clone().flow_ratio(101)), Some("flow_ratio"));
        assert_eq!(limit(&version.max_instances(51)), Some("maxnum"));
    }

    #[test]
    fn credentials_are_sent_and_not_shown() {
        let version = NewContainerVersion::new(ContainerSource::Image)
            .image_login(RegistryLogin::new().user("u").password("canary"))
            .env_params("canary too");
        let sent = serde_json::to_value(&version).unwrap();
        assert_eq!(sent["image_secret_info"]["password"], "canary");
        assert_eq!(sent["env_params"], "canary too");
        assert!(!format!("{version:?}").contains("canary"));
        assert_eq!(version.secrets().len(), 2);
    }

    #[test]
    fn what_is_left_out_is_not_sent() {
        let version = NewContainerVersion::new(ContainerSource::Repository)
            .code_location(CodeLocation::new().name(RepositoryName::new().full_name("a/b")))
            .image_pulls_secret("stored");
        let sent = serde_json::to_value(&version).unwrap();
        let expected = serde_json::json!({
            "upload_type": "repository",
            "code_detail": {"name": {"fullname": "a/b"}},
            "image_pulls_secret": "stored"
        });
        assert_eq!(sent, expected);
    }
}
