//! `POST /componenttcb/batchsetcspropotion`

use serde::{Deserialize, Serialize};

use super::{ContainerServiceName, TrafficShare, check_shares};
use crate::{EncodeError, EnvId, Operation, OperationSpec, Partial, TokenKinds, wire};

/// Sets how the traffic of several cloud hosting services is shared among their versions.
///
/// Tencent Cloud's console asks that the shares of a service add up to 100 or to 0; this service
/// documents 0 to 100 for each only.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/batchsetcspropotion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/batchSetCSPropotion.html) |
#[doc(alias = "/componenttcb/batchsetcspropotion")]
#[doc(alias = "batchSetCSPropotion")]
#[doc(alias = "批量分配流量比例")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetTrafficSharesOfServices {
    /// The services.
    #[serde(rename = "items")]
    pub services: Vec<ServiceTraffic>,
}

impl SetTrafficSharesOfServices {
    /// Sets the shares of `services`.
    pub fn new(services: impl IntoIterator<Item = ServiceTraffic>) -> Self {
        Self { services: services.into_iter().collect() }
    }
}

impl Operation for SetTrafficSharesOfServices {
    type Response = SetTrafficSharesOfServicesResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("batchSetCSPropotion", "/componenttcb/batchsetcspropotion")
            .token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        self.services.iter().try_for_each(|service| check_shares(&service.shares))
    }
}

/// What was set.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "SetTrafficSharesOfServicesResponseWire", into = "SetTrafficSharesOfServicesResponseWire")]
#[non_exhaustive]
pub struct SetTrafficSharesOfServicesResponse {
    /// The services that were changed, and those that were not.
    pub services: Partial<Vec<ChangedContainerService>, ContainerServiceFailure>,
}

/// What the wire holds for [`SetTrafficSharesOfServicesResponse`].
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SetTrafficSharesOfServicesResponseWire {
    #[serde(default, deserialize_with = "wire::list")]
    succ_list: Vec<ChangedContainerService>,
    #[serde(default, deserialize_with = "wire::list")]
    fail_list: Vec<ContainerServiceFailure>,
}

impl From<SetTrafficSharesOfServicesResponseWire> for SetTrafficSharesOfServicesResponse {
    fn from(lists: SetTrafficSharesOfServicesResponseWire) -> Self {
        Self { services: Partial::new(lists.succ_list, lists.fail_list) }
    }
}

impl From<SetTrafficSharesOfServicesResponse> for SetTrafficSharesOfServicesResponseWire {
    fn from(answer: SetTrafficSharesOfServicesResponse) -> Self {
        let (succ_list, fail_list) = answer.services.into_parts();
        Self { succ_list, fail_list }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(SetTrafficSharesOfServicesResponse => SetTrafficSharesOfServicesResponseWire);

/// A service that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChangedContainerService {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its name.
    #[serde(rename = "service_name")]
    pub service: Option<ContainerServiceName>,
}

/// A service that was not changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerServiceFailure {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its name.
    #[serde(rename = "service_name")]
    pub service: Option<ContainerServiceName>,
    /// Why. The member is `errmsg` here and `errormsg` where versions are created.
    #[serde(default, rename = "errmsg", alias = "errormsg", deserialize_with = "crate::partial::reason")]
    pub message: Option<String>,
}

/// A service with the shares of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ServiceTraffic {
    /// Its environment.
    pub env: EnvId,
    /// Its name.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// The share of each version. The member is called `items` like the list of services around it.
    #[serde(rename = "items")]
    pub shares: Vec<TrafficShare>,
}

impl ServiceTraffic {
    /// The `shares` of the versions of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        shares: impl IntoIterator<Item = TrafficShare>,
    ) -> Self {
        Self { env: env.into(), service: service.into(), shares: shares.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeErrorKind, Scrubber, read_response};

    fn set(percent: u32) -> SetTrafficSharesOfServices {
        SetTrafficSharesOfServices::new([ServiceTraffic::new("e", "s", [TrafficShare::new("v", percent)])])
    }

    #[test]
    fn both_lists_are_called_items() {
        let expected =
            br#"{"items":[{"env":"e","service_name":"s","items":[{"version_name":"v","flow_ratio":80}]}]}"#;
        assert_eq!(set(80).body().unwrap(), expected);
    }

    #[test]
    fn a_share_above_the_whole_is_refused_before_sending() {
        let error = set(101).body().unwrap_err();
        assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "flow_ratio", .. }));
    }

    #[test]
    fn what_was_not_changed_cannot_be_overlooked() {
        for reason in ["errmsg", "errormsg"] {
            let body = format!(
                r#"{{"errcode":0,"succ_list":[{{"service_name":"a"}}],"fail_list":[{{"env":"e","service_name":"b","{reason}":"x"}}]}}"#
            );
            let answer =
                read_response::<SetTrafficSharesOfServices>(body.as_bytes(), &Scrubber::default()).unwrap();
            let incomplete = answer.services.complete().unwrap_err();
            assert_eq!(incomplete.done()[0].service, Some("a".into()));
            assert_eq!(incomplete.failures()[0].message.as_deref(), Some("x"), "{reason}");
        }
    }
}
