//! `POST /cgi-bin/callback/check`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec, TokenKinds, wire};

/// Has WeChat resolve the host of the configured callback URL and ping its addresses, once each.
///
/// 40201: no usable callback URL is configured. The documentation names the platform's token only,
/// one client offers an account's too.
///
/// | Call | `POST /cgi-bin/callback/check` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | 40201, 40202, 40203 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/service/api/base/api_callbackcheck.html) · [English](https://developers.weixin.qq.com/doc/offiaccount/en/Basic_Information/Network_Detection.html) |
#[doc(alias = "/cgi-bin/callback/check")]
#[doc(alias = "callbackCheck")]
#[doc(alias = "网络通信检测")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CheckCallback {
    /// What to check.
    #[serde(rename = "action")]
    pub check: CallbackCheck,
    /// Which network to check from.
    #[serde(rename = "check_operator")]
    pub operator: NetworkOperator,
}

impl CheckCallback {
    /// Checks all, from a network that WeChat chooses.
    pub fn new() -> Self {
        Self { check: CallbackCheck::All, operator: NetworkOperator::Default }
    }

    /// Sets [`check`](field@Self::check).
    #[must_use]
    pub fn check(mut self, check: CallbackCheck) -> Self {
        self.check = check;
        self
    }

    /// Sets [`operator`](field@Self::operator).
    #[must_use]
    pub fn operator(mut self, operator: NetworkOperator) -> Self {
        self.operator = operator;
        self
    }
}

impl Operation for CheckCallback {
    type Response = CheckCallbackResponse;
    const SPEC: OperationSpec = OperationSpec::post("callbackCheck", "/cgi-bin/callback/check")
        .token(TokenKinds::Component)
        .read()
        .without_errcode(&["dns", "ping"]);
}

wire::named! {
    /// What to check of a callback URL.
    #[derive(Default)]
    CallbackCheck {
        /// Name resolution.
        Dns = "dns",
        /// Reachability.
        Ping = "ping",
        /// Both.
        #[default]
        All = "all",
    }
}

wire::named! {
    /// A network in China.
    #[derive(Default)]
    NetworkOperator {
        /// China Telecom.
        Chinanet = "CHINANET",
        /// China Unicom.
        Unicom = "UNICOM",
        /// Tencent's own network.
        Cap = "CAP",
        /// The one that WeChat chooses by the callback's address.
        #[default]
        Default = "DEFAULT",
    }
}

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CheckCallbackResponse {
    /// Addresses that the host resolves to.
    #[serde(default, deserialize_with = "wire::list")]
    pub dns: Vec<ResolvedAddress>,
    /// Results of the pings.
    #[serde(default, deserialize_with = "wire::list")]
    pub ping: Vec<Ping>,
}

/// An address of a callback host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ResolvedAddress {
    /// The address.
    pub ip: Option<String>,
    /// The network it belongs to.
    #[serde(rename = "real_operator")]
    pub operator: Option<NetworkOperator>,
}

/// One ping of one address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Ping {
    /// The address.
    pub ip: Option<String>,
    /// The network that the ping came from.
    #[serde(rename = "from_operator")]
    pub operator: Option<NetworkOperator>,
    /// Share of lost packets: `0%` or `100%`, for one is sent.
    pub package_loss: Option<String>,
    /// How long it took, for example `23.079ms`.
    pub time: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_ping_is_read_with_its_time_and_without() {
        for (body, time) in [
            (r#"{"ping":[{"ip":"1.2.3.4","package_loss":"0%","time":"23.079ms"}]}"#, Some("23.079ms")),
            (r#"{"ping":[{"ip":"1.2.3.4","package_loss":"100%"}]}"#, None),
        ] {
            let found = read_response::<CheckCallback>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(found.ping[0].time.as_deref(), time, "{body}");
        }
    }
}
