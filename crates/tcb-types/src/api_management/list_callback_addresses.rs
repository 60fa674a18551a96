//! `GET /cgi-bin/getcallbackip`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, TokenKinds, wire};

/// Lists the addresses that WeChat's pushes come from, for incoming firewall rules.
///
/// The list changes; the documentation asks callers to read it once a day.
///
/// | Call | `GET /cgi-bin/getcallbackip` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html) |
#[doc(alias = "/cgi-bin/getcallbackip")]
#[doc(alias = "getCallbackIp")]
#[doc(alias = "获取微信推送服务器IP")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCallbackAddresses {}

impl ListCallbackAddresses {
    /// Asks for the list.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for ListCallbackAddresses {
    type Response = ListCallbackAddressesResponse;
    const SPEC: OperationSpec = OperationSpec::get("getCallbackIp", "/cgi-bin/getcallbackip")
        .token(TokenKinds::Component)
        .without_errcode(&["ip_list"]);
}

/// Where pushes come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCallbackAddressesResponse {
    /// Addresses, and ranges such as `101.226.103.0/25`.
    #[serde(default, rename = "ip_list", deserialize_with = "wire::list")]
    pub addresses: Vec<String>,
}
