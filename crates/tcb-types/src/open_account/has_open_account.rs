//! `GET /cgi-bin/open/have`

use serde::{Deserialize, Serialize};

use crate::{Operation, OperationSpec};

/// Reads whether the calling account is bound to any open-platform account.
///
/// It asks less than [`GetOpenAccount`](super::GetOpenAccount), but with more common permission
/// sets. One client sends it with `POST`; the documentation says `GET`.
///
/// | Call | `GET /cgi-bin/open/have` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [3 账号服务](crate::permission::ACCOUNT_SERVICE) or [30 小程序基本信息管理](crate::permission::BASIC_INFORMATION) |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/miniprogram-management/basic-info-management/getBindOpenAccount.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/miniprogram-management/basic-info-management/getBindOpenAccount.html) |
#[doc(alias = "/cgi-bin/open/have")]
#[doc(alias = "getBindOpenAccount")]
#[doc(alias = "查询绑定的开放平台账号")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct HasOpenAccount {}

impl HasOpenAccount {
    /// Asks about the account behind the token.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for HasOpenAccount {
    type Response = HasOpenAccountResponse;
    const SPEC: OperationSpec = OperationSpec::get("getBindOpenAccount", "/cgi-bin/open/have")
        .permission_sets(&[3, 30])
        .required_in_response(&["have_open"]);
}

/// Whether there is a binding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HasOpenAccountResponse {
    /// Whether the account is bound to any open-platform account.
    #[serde(rename = "have_open")]
    pub bound: bool,
}
