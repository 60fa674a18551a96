//! `POST /componenttcb/batchcreatecsversion`

use serde::{Deserialize, Serialize};

use super::{ContainerServiceName, ContainerVersionName, EnvFailure, NewContainerVersion};
use crate::{EncodeError, EnvId, Operation, OperationSpec, Partial, Secret, TokenKinds, wire};

/// Creates a version of a cloud hosting service in each of several environments.
///
/// Not confirmed: the page could be read in part only. The answer comes from the client
/// `SKIT.FlurlHttpClient.Wechat`.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/batchcreatecsversion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/batchcreatecsversion.html) |
#[doc(alias = "/componenttcb/batchcreatecsversion")]
#[doc(alias = "batchcreatecsversion")]
#[doc(alias = "批量新建云托管版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateContainerServiceVersions {
    /// The environments.
    pub envs: Vec<EnvId>,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// What the version is made of.
    #[serde(flatten)]
    pub version: NewContainerVersion,
}

impl CreateContainerServiceVersions {
    /// A version of `service` in each of `envs`.
    pub fn new<E: Into<EnvId>>(
        envs: impl IntoIterator<Item = E>,
        service: impl Into<ContainerServiceName>,
        version: NewContainerVersion,
    ) -> Self {
        Self { envs: envs.into_iter().map(Into::into).collect(), service: service.into(), version }
    }
}

impl Operation for CreateContainerServiceVersions {
    type Response = CreateContainerServiceVersionsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("batchcreatecsversion", "/componenttcb/batchcreatecsversion")
            .token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        self.version.validate()
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.version.secrets()
    }
}

/// Where versions were created.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(
    from = "CreateContainerServiceVersionsResponseWire",
    into = "CreateContainerServiceVersionsResponseWire"
)]
#[non_exhaustive]
pub struct CreateContainerServiceVersionsResponse {
    /// The new versions, and the environments in which there is none.
    pub versions: Partial<Vec<CreatedContainerVersion>, EnvFailure>,
}

/// What the wire holds for [`CreateContainerServiceVersionsResponse`].
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CreateContainerServiceVersionsResponseWire {
    #[serde(default, deserialize_with = "wire::list")]
    succ_list: Vec<CreatedContainerVersion>,
    #[serde(default, deserialize_with = "wire::list")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::env_failure::WithErrormsg>"))]
    fail_list: Vec<EnvFailure>,
}

impl From<CreateContainerServiceVersionsResponseWire> for CreateContainerServiceVersionsResponse {
    fn from(lists: CreateContainerServiceVersionsResponseWire) -> Self {
        Self { versions: Partial::new(lists.succ_list, lists.fail_list) }
    }
}

impl From<CreateContainerServiceVersionsResponse> for CreateContainerServiceVersionsResponseWire {
    fn from(answer: CreateContainerServiceVersionsResponse) -> Self {
        let (succ_list, fail_list) = answer.versions.into_parts();
        Self { succ_list, fail_list }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CreateContainerServiceVersionsResponse => CreateContainerServiceVersionsResponseWire);

/// A new version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatedContainerVersion {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its name.
    #[serde(rename = "version_name")]
    pub version: Option<ContainerVersionName>,
}

#[cfg(test)]
mod tests {
    use super::super::ContainerSource;
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_reason_is_read_in_both_spellings() {
        for reason in ["errormsg", "errmsg"] {
            let body = format!(
                r#"{{"errcode":0,"succ_list":[{{"env":"a","version_name":"v"}}],"fail_list":[{{"env":"b","{reason}":"x"}}]}}"#
            );
            let answer =
                read_response::<CreateContainerServiceVersions>(body.as_bytes(), &Scrubber::default())
                    .unwrap();
            let (created, failed) = answer.versions.into_parts();
            assert_eq!(created[0].version, Some("v".into()));
            assert_eq!(failed[0].message.as_deref(), Some("x"), "{reason}");
        }
    }

    #[test]
    fn the_parts_of_the_version_stand_beside_the_service() {
        let version = NewContainerVersion::new(ContainerSource::Package).package_name("p");
        let body = CreateContainerServiceVersions::new(["e"], "s", version).body().unwrap();
        assert_eq!(body, br#"{"envs":["e"],"service_name":"s","upload_type":"package","package_name":"p"}"#);
    }
}
