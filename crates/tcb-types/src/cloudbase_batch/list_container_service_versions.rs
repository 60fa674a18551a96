//! `POST /componenttcb/getcsversionlist`

use serde::{Deserialize, Serialize};

use super::{ContainerServiceName, ContainerSource, ContainerVersionName};
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists the versions of a cloud hosting service, a page at a time.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/getcsversionlist` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/getcsversionlist.html) |
#[doc(alias = "/componenttcb/getcsversionlist")]
#[doc(alias = "getcsversionlist")]
#[doc(alias = "查看云托管版本列表")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListContainerServiceVersions {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// How many versions to list; 20 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many versions to skip; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl ListContainerServiceVersions {
    /// The first versions of `service` in `env`.
    pub fn new(env: impl Into<EnvId>, service: impl Into<ContainerServiceName>) -> Self {
        Self { env: env.into(), service: service.into(), limit: None, offset: None }
    }

    setters! {
        limit: u32,
        offset: u64,
    }
}

impl Operation for ListContainerServiceVersions {
    type Response = ListContainerServiceVersionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getcsversionlist", "/componenttcb/getcsversionlist")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["items.version_name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListContainerServiceVersionsResponse {
    /// Number of versions.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
    /// The page.
    #[serde(default, rename = "items", deserialize_with = "wire::list")]
    pub versions: Vec<ContainerVersionSummary>,
}

/// A version in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerVersionSummary {
    /// Its name.
    #[serde(rename = "version_name")]
    pub name: ContainerVersionName,
    /// Its state.
    pub status: Option<ContainerVersionStatus>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub created_time: Option<String>,
    /// When it was last changed, in the same format; only the sample has it.
    pub updated_time: Option<String>,
    /// Its share of the traffic in percent.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub flow_ratio: Option<u32>,
    /// Id of its build.
    #[serde(default, rename = "buildid", deserialize_with = "wire::optional_integer")]
    pub build_id: Option<i64>,
    /// Where its code comes from.
    pub upload_type: Option<ContainerSource>,
    /// Least number of instances. The member is called `min_replicas` here and `minnum` in the
    /// other calls; both are read.
    #[serde(default, rename = "min_replicas", alias = "minnum", deserialize_with = "wire::optional_integer")]
    pub min_instances: Option<u32>,
    /// Greatest number of instances. The member is called `max_replicas` here and `maxnum` in the
    /// other calls; both are read.
    #[serde(default, rename = "max_replicas", alias = "maxnum", deserialize_with = "wire::optional_integer")]
    pub max_instances: Option<u32>,
}

wire::named! {
    /// State of a version. The documentation has two examples and no list.
    ContainerVersionStatus {
        /// It runs.
        Normal = "normal",
        /// Building it failed.
        BuildFailed = "build_fail",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_bounds_are_read_in_both_spellings() {
        for (least, most) in [("min_replicas", "max_replicas"), ("minnum", "maxnum")] {
            let body = format!(
                r#"{{"errcode":0,"items":[{{"version_name":"v","{least}":1,"{most}":"2","status":"build_fail"}}]}}"#
            );
            let answer =
                read_response::<ListContainerServiceVersions>(body.as_bytes(), &Scrubber::default()).unwrap();
            let version = &answer.versions[0];
            assert_eq!((version.min_instances, version.max_instances), (Some(1), Some(2)), "{least}");
            assert_eq!(version.status, Some(ContainerVersionStatus::BuildFailed));
        }
    }

    #[test]
    fn the_time_of_a_change_is_read_though_the_table_lacks_it() {
        let body =
            br#"{"errcode":0,"items":[{"version_name":"v","updated_time":"2020-10-30 10:00:00"},{"version_name":"w"}]}"#;
        let page = read_response::<ListContainerServiceVersions>(body, &Scrubber::default()).unwrap();
        let times: Vec<_> = page.versions.iter().map(|version| version.updated_time.as_deref()).collect();
        assert_eq!(times, [Some("2020-10-30 10:00:00"), None]);
    }
}
