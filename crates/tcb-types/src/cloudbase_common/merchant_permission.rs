//! `POST /tcb/wxpayopenauth`, whose `action` makes it three operations.

use serde::Serialize;

use crate::{MerchantCode, Operation, OperationSpec, wire};

const SPEC: OperationSpec =
    OperationSpec::post("getWechatPayAuth", "/tcb/wxpayopenauth").permission_sets(&[49, 64, 102]);

/// Asks a WeChat Pay merchant to be bound to the mini program's cloud development.
///
/// The mini program needs to have WeChat Pay, with the merchant bound there. The merchant's super
/// administrator confirms in the mini program of the WeChat Pay merchant assistant;
/// [`ListMerchants`](super::ListMerchants) shows how far it is. −1 may be a refusal here, with a
/// text such as `CheckMARelation Error`.
///
/// | Call | `POST /tcb/wxpayopenauth` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [102 云开发微信支付](crate::permission::CLOUD_PAYMENTS) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/wechatpay/api_getwechatpayauth.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/wechatpay/getWechatPayAuth.html) |
#[doc(alias = "/tcb/wxpayopenauth")]
#[doc(alias = "getWechatPayAuth")]
#[doc(alias = "申请商户号授权")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct BindMerchant {
    action: Bind,
    /// The merchant.
    #[serde(rename = "merchant_code")]
    pub merchant: MerchantCode,
}

wire::constant!(Bind = "bind");

impl BindMerchant {
    /// Asks `merchant`.
    pub fn new(merchant: impl Into<MerchantCode>) -> Self {
        Self { action: Bind::Constant, merchant: merchant.into() }
    }
}

impl Operation for BindMerchant {
    type Response = MerchantAsked;
    const SPEC: OperationSpec = SPEC;
}

/// Asks a bound WeChat Pay merchant for the permission to take payments (JSAPI).
///
/// The merchant confirms on the merchant platform, under authorised products;
/// [`ListMerchants`](super::ListMerchants) shows how far it is.
///
/// | Call | `POST /tcb/wxpayopenauth` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [102 云开发微信支付](crate::permission::CLOUD_PAYMENTS) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/wechatpay/api_getwechatpayauth.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/wechatpay/getWechatPayAuth.html) |
#[doc(alias = "/tcb/wxpayopenauth")]
#[doc(alias = "getWechatPayAuth")]
#[doc(alias = "申请商户号授权")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct RequestMerchantPayments {
    action: OpenJsapi,
    /// The merchant.
    #[serde(rename = "merchant_code")]
    pub merchant: MerchantCode,
}

wire::constant!(OpenJsapi = "openjsapi");

impl RequestMerchantPayments {
    /// Asks `merchant`.
    pub fn new(merchant: impl Into<MerchantCode>) -> Self {
        Self { action: OpenJsapi::Constant, merchant: merchant.into() }
    }
}

impl Operation for RequestMerchantPayments {
    type Response = MerchantAsked;
    const SPEC: OperationSpec = SPEC;
}

/// Asks a bound WeChat Pay merchant for the permission to refund.
///
/// The merchant confirms on the merchant platform, under authorised products;
/// [`ListMerchants`](super::ListMerchants) shows how far it is.
///
/// | Call | `POST /tcb/wxpayopenauth` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 or [102 云开发微信支付](crate::permission::CLOUD_PAYMENTS) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/wechatpay/api_getwechatpayauth.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/wechatpay/getWechatPayAuth.html) |
#[doc(alias = "/tcb/wxpayopenauth")]
#[doc(alias = "getWechatPayAuth")]
#[doc(alias = "申请商户号授权")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct RequestMerchantRefunds {
    action: OpenRefund,
    /// The merchant.
    #[serde(rename = "merchant_code")]
    pub merchant: MerchantCode,
}

wire::constant!(OpenRefund = "openrefund");

impl RequestMerchantRefunds {
    /// Asks `merchant`.
    pub fn new(merchant: impl Into<MerchantCode>) -> Self {
        Self { action: OpenRefund::Constant, merchant: merchant.into() }
    }
}

impl Operation for RequestMerchantRefunds {
    type Response = MerchantAsked;
    const SPEC: OperationSpec = SPEC;
}

wire::empty! {
    /// The merchant is asked.
    MerchantAsked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_action() {
        let bodies = [
            BindMerchant::new("1").body().unwrap(),
            RequestMerchantPayments::new("1").body().unwrap(),
            RequestMerchantRefunds::new("1").body().unwrap(),
        ];
        for (body, action) in bodies.into_iter().zip(["bind", "openjsapi", "openrefund"]) {
            let sent = format!(r#"{{"action":"{action}","merchant_code":"1"}}"#);
            assert_eq!(String::from_utf8(body).unwrap(), sent);
        }
    }

    #[test]
    fn a_busy_service_that_may_mean_a_refusal_is_not_asked_again() {
        for spec in [BindMerchant::SPEC, RequestMerchantPayments::SPEC, RequestMerchantRefunds::SPEC] {
            assert_eq!(spec.class, crate::Class::NotRepeatable);
        }
    }
}
