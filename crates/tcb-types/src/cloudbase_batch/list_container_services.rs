//! `POST /componenttcb/getcslist`

use serde::{Deserialize, Serialize};

use super::ContainerServiceName;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists the cloud hosting services of an environment, a page at a time.
///
/// # Legacy
///
/// Only the old documentation has this call. The present one describes cloud hosting by other
/// calls, under paths with `cloudbaserun`. Whether the service still answers is not known.
///
/// | Call | `POST /componenttcb/getcslist` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/cloudbase/batch/getcslist.html) |
#[doc(alias = "/componenttcb/getcslist")]
#[doc(alias = "getcslist")]
#[doc(alias = "查看云托管服务列表")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListContainerServices {
    /// The environment.
    pub env: EnvId,
    /// How many services to list; 20 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many services to skip; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl ListContainerServices {
    /// The first services of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), limit: None, offset: None }
    }

    setters! {
        limit: u32,
        offset: u64,
    }
}

impl Operation for ListContainerServices {
    type Response = ListContainerServicesResponse;
    const SPEC: OperationSpec = OperationSpec::post("getcslist", "/componenttcb/getcslist")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["cslist.server_name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of services.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListContainerServicesResponse {
    /// Number of services.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
    /// The page.
    #[serde(default, rename = "cslist", deserialize_with = "wire::list")]
    pub services: Vec<ContainerService>,
}

/// A cloud hosting service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerService {
    /// Its name. The member is called `server_name` here and `service_name` in all requests; both
    /// are read.
    #[serde(rename = "server_name", alias = "service_name")]
    pub name: ContainerServiceName,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub created_time: Option<String>,
    /// When it was last changed, in the same format.
    pub updated_time: Option<String>,
    /// Its state.
    pub status: Option<ContainerServiceStatus>,
    /// Id of its private network.
    #[serde(rename = "vpcid")]
    pub vpc_id: Option<String>,
    /// Image repository of its versions.
    pub image_repo: Option<String>,
}

wire::named! {
    /// State of a service. The documentation has one example and no list.
    ContainerServiceStatus {
        /// It was made.
        Succeeded = "succ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_name_is_read_in_both_spellings() {
        for name in ["server_name", "service_name"] {
            let body = format!(r#"{{"errcode":0,"cslist":[{{"{name}":"echo"}}],"total":1}}"#);
            let answer =
                read_response::<ListContainerServices>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.services[0].name, ContainerServiceName::from("echo"), "{name}");
        }
    }
}
