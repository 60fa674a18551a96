//! `POST /cgi-bin/clear_quota`

use serde::Serialize;

use crate::{AppId, Operation, OperationSpec, TokenKinds, wire};

/// Sets all call counts of an account back to zero.
///
/// With the platform's token it is the platform's own count, with an account's token that
/// account's. Calls that the platform makes for a merchant count as the merchant's. An account has
/// ten clearings in a month, shared with the variants that take a secret and with the console;
/// counts may be about one per cent off. 48006: this month's clearings are used up.
///
/// The call counts itself. When its own count is used up,
/// [`ClearComponentQuotaByAppSecret`](super::ClearComponentQuotaByAppSecret) helps.
///
/// | Call | `POST /cgi-bin/clear_quota` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | 40001, 40013, 41001, 41002, 42001, 44002, 45009, 48006, 50002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openapi/api_clearquota.html) |
#[doc(alias = "/cgi-bin/clear_quota")]
#[doc(alias = "clearQuota")]
#[doc(alias = "重置API调用次数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClearQuota {
    /// The account, which has to be the one behind the token, else 40013.
    #[serde(rename = "appid")]
    pub app_id: AppId,
}

impl ClearQuota {
    /// Clears the counts of the account behind the token.
    pub fn new(app_id: impl Into<AppId>) -> Self {
        Self { app_id: app_id.into() }
    }
}

impl Operation for ClearQuota {
    type Response = ClearQuotaResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("clearQuota", "/cgi-bin/clear_quota").token(TokenKinds::Either);
}

wire::empty! {
    /// The counts are cleared.
    ClearQuotaResponse
}
