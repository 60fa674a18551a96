//! `POST /tcb/wxpaylist`

use serde::{Deserialize, Serialize};

use crate::{MerchantCode, Operation, OperationSpec, wire};

/// Lists the WeChat Pay merchants of the mini program's cloud development, and what they permit.
///
/// | Call | `POST /tcb/wxpaylist` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [102 云开发微信支付](crate::permission::CLOUD_PAYMENTS) |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/wechatpay/api_getwechatpaylist.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/wechatpay/getWechatPayList.html) |
#[doc(alias = "/tcb/wxpaylist")]
#[doc(alias = "getWechatPayList")]
#[doc(alias = "获取授权绑定的商户号列表")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListMerchants {}

impl ListMerchants {
    /// Asks for the list.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for ListMerchants {
    type Response = ListMerchantsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getWechatPayList", "/tcb/wxpaylist")
        .permission_sets(&[49, 64, 102])
        .read()
        .required_in_response(&["list.merchant_code"]);
}

/// Merchants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListMerchantsResponse {
    /// The merchants.
    #[serde(default, rename = "list", deserialize_with = "wire::list")]
    pub merchants: Vec<Merchant>,
}

/// A WeChat Pay merchant. Tables say that its states are numbers, samples have text; both are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Merchant {
    /// Its number.
    #[serde(rename = "merchant_code")]
    pub code: MerchantCode,
    /// Its name.
    #[serde(rename = "merchant_name")]
    pub name: Option<String>,
    /// The company behind it.
    #[serde(rename = "company_name")]
    pub company: Option<String>,
    /// Whether it is bound.
    #[serde(rename = "mch_relation_state")]
    pub binding: Option<MerchantBinding>,
    /// Whether it permits to take payments (JSAPI).
    #[serde(rename = "jsapi_auth_state")]
    pub payments: Option<MerchantPermission>,
    /// Whether it permits to refund.
    #[serde(rename = "refund_auth_state")]
    pub refunds: Option<MerchantPermission>,
}

wire::named! {
    /// Whether a merchant is bound. The documentation has examples and no list.
    MerchantBinding {
        /// It is.
        Bound = "RELATION_BINDED",
        /// It has not confirmed yet.
        Waiting = "RELATION_WAIT_CONFIRM_WXTPL",
    }
}

wire::named! {
    /// Whether a merchant permits something. The documentation has examples and no list.
    MerchantPermission {
        /// It does.
        Granted = "AUTH_AUTHORIZED",
        /// It does not.
        Missing = "AUTH_UNAUTHORIZED",
        /// It has not confirmed yet.
        Waiting = "AUTH_WAIT_CONFIRM_WXTPL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn states_are_read_from_text_and_from_numbers() {
        let body = br#"{"errcode":0,"list":[{"merchant_code":"1","mch_relation_state":"RELATION_BINDED","jsapi_auth_state":1,"refund_auth_state":null}]}"#;
        let answer = read_response::<ListMerchants>(body, &Scrubber::default()).unwrap();
        assert_eq!(answer.merchants[0].binding, Some(MerchantBinding::Bound));
        assert_eq!(answer.merchants[0].payments, Some(MerchantPermission::Other("1".into())));
        assert_eq!(answer.merchants[0].refunds, None);
    }
}
