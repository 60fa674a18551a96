//! `GET /cgi-bin/get_api_domain_ip`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, TokenKinds, wire};

/// Lists the addresses of WeChat's API servers, for outgoing firewall rules.
///
/// The list changes; the documentation asks callers to read it once a day. It names the platform's
/// token only, one client offers an account's too.
///
/// | Call | `GET /cgi-bin/get_api_domain_ip` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013 |
/// | WeChat's page | [English](https://developers.weixin.qq.com/doc/subscription/en/api/base/api_getapidomainip.html) |
#[doc(alias = "/cgi-bin/get_api_domain_ip")]
#[doc(alias = "getApiDomainIp")]
#[doc(alias = "获取微信API服务器IP")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListApiAddresses {}

impl ListApiAddresses {
    /// Asks for the list.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for ListApiAddresses {
    type Response = ListApiAddressesResponse;
    const SPEC: OperationSpec = OperationSpec::get("getApiDomainIp", "/cgi-bin/get_api_domain_ip")
        .token(TokenKinds::Component)
        .without_errcode(&["ip_list"]);
}

/// Where `api.weixin.qq.com` is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListApiAddressesResponse {
    /// Addresses, and ranges such as `101.226.103.0/25`.
    #[serde(default, rename = "ip_list", deserialize_with = "wire::list")]
    pub addresses: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_has_no_body() {
        assert!(ListApiAddresses::new().body().unwrap().is_empty());
    }
}
