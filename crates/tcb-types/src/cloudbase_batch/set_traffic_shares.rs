//! `POST /componenttcb/setcspropotion`

use serde::Serialize;

use super::{ContainerServiceName, ContainerVersionName, check_shares};
use crate::{EncodeError, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Sets how the traffic of a cloud hosting service is shared among its versions.
///
/// Tencent Cloud's console asks that the shares add up to 100 or to 0; this service documents 0 to
/// 100 for each only.
///
/// Not confirmed: the page could not be read. Path, body and sample come from the client
/// `SKIT.FlurlHttpClient.Wechat`, the path from `WxJava` too.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/setcspropotion` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/setcspropotion.html) |
#[doc(alias = "/componenttcb/setcspropotion")]
#[doc(alias = "setcspropotion")]
#[doc(alias = "分配流量比例")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetTrafficShares {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// The share of each version.
    #[serde(rename = "items")]
    pub shares: Vec<TrafficShare>,
}

impl SetTrafficShares {
    /// Sets the shares of the versions of `service` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        service: impl Into<ContainerServiceName>,
        shares: impl IntoIterator<Item = TrafficShare>,
    ) -> Self {
        Self { env: env.into(), service: service.into(), shares: shares.into_iter().collect() }
    }
}

impl Operation for SetTrafficShares {
    type Response = SetTrafficSharesResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("setcspropotion", "/componenttcb/setcspropotion").token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        check_shares(&self.shares)
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The shares are set.
    SetTrafficSharesResponse
}

/// The share of the traffic that a version gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct TrafficShare {
    /// The version.
    #[serde(rename = "version_name")]
    pub version: ContainerVersionName,
    /// Its share in percent.
    #[serde(rename = "flow_ratio")]
    pub percent: u32,
}

impl TrafficShare {
    /// `percent` of the traffic for `version`.
    pub fn new(version: impl Into<ContainerVersionName>, percent: u32) -> Self {
        Self { version: version.into(), percent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncodeErrorKind;

    #[test]
    fn a_share_above_the_whole_is_refused_before_sending() {
        let set = |percent| SetTrafficShares::new("e", "s", [TrafficShare::new("v", percent)]).body();
        let error = set(101).unwrap_err();
        assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "flow_ratio", .. }));
        assert!(set(0).is_ok() && set(100).is_ok());
    }
}
