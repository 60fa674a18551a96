//! `POST /componenttcb/createcontainerservice`

use serde::Serialize;

use super::ContainerServiceName;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Creates a cloud hosting service, which has no version yet.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/createcontainerservice` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/createcontainerservice.html) |
#[doc(alias = "/componenttcb/createcontainerservice")]
#[doc(alias = "createcontainerservice")]
#[doc(alias = "新建云托管服务")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateContainerService {
    /// The environment.
    pub env: EnvId,
    /// The service.
    #[serde(rename = "service_name")]
    pub service: ContainerServiceName,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The private network that the service is in.
    #[serde(rename = "vpc", skip_serializing_if = "Option::is_none")]
    pub network: Option<ContainerNetwork>,
}

impl CreateContainerService {
    /// A service `service` in `env`.
    pub fn new(env: impl Into<EnvId>, service: impl Into<ContainerServiceName>) -> Self {
        Self { env: env.into(), service: service.into(), remark: None, network: None }
    }

    setters! {
        remark: impl Into<String>,
        network: ContainerNetwork,
    }
}

impl Operation for CreateContainerService {
    type Response = CreateContainerServiceResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("createcontainerservice", "/componenttcb/createcontainerservice")
            .token(TokenKinds::Component);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The service exists.
    CreateContainerServiceResponse
}

/// A private network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerNetwork {
    /// Id of the network.
    #[serde(rename = "vpcid")]
    pub vpc_id: String,
    /// Ids of subnets. They are documented as required, also where `source` leaves no use for them.
    #[serde(rename = "subnetids")]
    pub subnet_ids: Vec<String>,
    /// Where the network comes from.
    #[serde(rename = "create_type")]
    pub source: NetworkSource,
}

impl ContainerNetwork {
    /// The network `vpc_id` with these subnets.
    pub fn new<S: Into<String>>(
        vpc_id: impl Into<String>,
        subnet_ids: impl IntoIterator<Item = S>,
        source: NetworkSource,
    ) -> Self {
        Self { vpc_id: vpc_id.into(), subnet_ids: subnet_ids.into_iter().map(Into::into).collect(), source }
    }
}

wire::numbered! {
    /// Where a private network comes from. The official sample has an undocumented 3.
    NetworkSource {
        /// Inherited.
        Inherit = 0,
        /// Newly made.
        New = 1,
        /// The one that is given.
        Given = 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_undocumented_source_of_the_sample_can_be_sent_and_subnets_may_be_none() {
        for (source, number) in
            [(NetworkSource::Inherit, 0), (NetworkSource::Given, 2), (NetworkSource::Other(3), 3)]
        {
            let network = ContainerNetwork::new("123", [""; 0], source);
            let body = CreateContainerService::new("e", "s").network(network).body().unwrap();
            let vpc = format!(r#""vpc":{{"vpcid":"123","subnetids":[],"create_type":{number}}}"#);
            assert!(String::from_utf8(body).unwrap().contains(&vpc), "{vpc}");
        }
    }
}
