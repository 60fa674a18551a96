//! `POST /componenttcb/describestaticstore`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists the static websites of an environment, with their state.
///
/// | Call | `POST /componenttcb/describestaticstore` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/staticstore-management/api_getstaticstore.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/staticstore-management/getStaticStore.html) |
#[doc(alias = "/componenttcb/describestaticstore")]
#[doc(alias = "getStaticStore")]
#[doc(alias = "查看静态网站状态")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListStaticSites {
    /// The environment.
    pub env: EnvId,
}

impl ListStaticSites {
    /// The websites of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into() }
    }
}

impl Operation for ListStaticSites {
    type Response = ListStaticSitesResponse;
    const SPEC: OperationSpec = OperationSpec::post("getStaticStore", "/componenttcb/describestaticstore")
        .token(TokenKinds::Component)
        .read();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Websites.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListStaticSitesResponse {
    /// The websites. The tables call the member `data`, the samples `Data`; both are read.
    #[serde(default, rename = "data", alias = "Data", deserialize_with = "wire::list")]
    pub sites: Vec<StaticSite>,
}

/// A static website.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StaticSite {
    /// Its environment.
    pub env: Option<EnvId>,
    /// Its domain.
    pub domain: Option<String>,
    /// The storage bucket of its files.
    pub bucket: Option<String>,
    /// Region of the bucket. Tables and samples spell the member `regoin`; the right spelling is
    /// read too.
    #[serde(rename = "regoin", alias = "region")]
    pub region: Option<String>,
    /// Its state.
    pub status: Option<StaticSiteStatus>,
}

wire::named! {
    /// State of a static website. The documentation has one example and no list.
    StaticSiteStatus {
        /// It can be visited.
        Online = "online",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn both_spellings_of_list_and_region_are_read() {
        for (list, region) in [("data", "regoin"), ("Data", "regoin"), ("Data", "region")] {
            let body =
                format!(r#"{{"errcode":0,"{list}":[{{"{region}":"ap-shanghai","status":"offline"}}]}}"#);
            let answer = read_response::<ListStaticSites>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.sites[0].region.as_deref(), Some("ap-shanghai"), "{list} {region}");
            assert_eq!(answer.sites[0].status, Some(StaticSiteStatus::Other("offline".into())));
        }
    }
}
