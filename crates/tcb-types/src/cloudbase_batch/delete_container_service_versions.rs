//! `POST /componenttcb/batchdelcsversion`

use serde::{Deserialize, Serialize};

use super::{ContainerServiceName, ContainerVersionName};
use crate::{EnvId, Operation, OperationSpec, Partial, TokenKinds, wire};

/// Deletes several versions of cloud hosting services.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/batchdelcsversion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/batchDelCSVersion.html) |
#[doc(alias = "/componenttcb/batchdelcsversion")]
#[doc(alias = "batchDelCSVersion")]
#[doc(alias = "批量删除云托管版本")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteContainerServiceVersions {
    /// The versions.
    #[serde(rename = "items")]
    pub versions: Vec<ContainerVersionRef>,
}

impl DeleteContainerServiceVersions {
    /// Deletes `versions`.
    pub fn new(versions: impl IntoIterator<Item = ContainerVersionRef>) -> Self {
        Self { versions: versions.into_iter().collect() }
    }
}

impl Operation for DeleteContainerServiceVersions {
    type Response = DeleteContainerServiceVersionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("batchDelCSVersion", "/componenttcb/batchdelcsversion")
        .token(TokenKinds::Component);
}

/// What was deleted.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(
    from = "DeleteContainerServiceVersionsResponseWire",
    into = "DeleteContainerServiceVersionsResponseWire"
)]
#[non_exhaustive]
pub struct DeleteContainerServiceVersionsResponse {
    /// The versions that were deleted, and those that were not.
    pub versions: Partial<Vec<DeletedContainerVersion>, ContainerVersionFailure>,
}

/// What the wire holds for [`DeleteContainerServiceVersionsResponse`].
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DeleteContainerServiceVersionsResponseWire {
    #[serde(default, deserialize_with = "wire::list")]
    succ_list: Vec<DeletedContainerVersion>,
    #[serde(default, deserialize_with = "wire::list")]
    fail_list: Vec<ContainerVersionFailure>,
}

impl From<DeleteContainerServiceVersionsResponseWire> for DeleteContainerServiceVersionsResponse {
    fn from(lists: DeleteContainerServiceVersionsResponseWire) -> Self {
        Self { versions: Partial::new(lists.succ_list, lists.fail_list) }
    }
}

impl From<DeleteContainerServiceVersionsResponse> for DeleteContainerServiceVersionsResponseWire {
    fn from(answer: DeleteContainerServiceVersionsResponse) -> Self {
        let (succ_list, fail_list) = answer.versions.into_parts();
        Self { succ_list, fail_list }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(DeleteContainerServiceVersionsResponse => DeleteContainerServiceVersionsResponseWire);

/// A version that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeletedContainerVersion {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its service.
    #[serde(rename = "service_name")]
    pub service: Option<ContainerServiceName>,
    /// Its name.
    #[serde(rename = "version_name")]
    pub version: Option<ContainerVersionName>,
}

/// A version that was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerVersionFailure {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its service.
    #[serde(rename = "service_name")]
    pub service: Option<ContainerServiceName>,
    /// Its name.
    #[serde(rename = "version_name")]
    pub version: Option<ContainerVersionName>,
    /// Why. The member is `errmsg` here and `errormsg` where versions are created.
    #[serde(default, rename = "errmsg", alias = "errormsg", deserialize_with = "crate::partial::reason")]
    pub message: Option<String>,
}

/// A version by its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerVersionRef {
    /// Its environment.
    pub env: EnvId,
    /// Its service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// Its name.
    #[serde(rename = "version_name")]
    pub version: ContainerVersionName,
}

impl ContainerVersionRef {
    /// The version `version` of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        version: impl Into<ContainerVersionName>,
    ) -> Self {
        Self { env: env.into(), service: service.into(), version: version.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn what_was_not_deleted_cannot_be_overlooked() {
        for reason in ["errmsg", "errormsg"] {
            let body = format!(
                r#"{{"errcode":0,"succ_list":[{{"version_name":"a"}}],
                "fail_list":[{{"env":"e","service_name":"s","version_name":"b","{reason}":"x"}}]}}"#
            );
            let answer =
                read_response::<DeleteContainerServiceVersions>(body.as_bytes(), &Scrubber::default())
                    .unwrap();
            let incomplete = answer.versions.complete().unwrap_err();
            assert_eq!(incomplete.done()[0].version, Some("a".into()));
            assert_eq!(incomplete.failures()[0].message.as_deref(), Some("x"), "{reason}");
        }
    }
}
