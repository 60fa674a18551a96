//! `POST /cgi-bin/open/unbind`

use serde::Serialize;

use crate::{AuthorizerAppId, OpenAppId, Operation, OperationSpec, wire};

/// Unbinds the calling account from its open-platform account.
///
/// That account has to be the one it is really bound to, which
/// [`GetOpenAccount`](super::GetOpenAccount) reads, and to have been made by
/// [`CreateOpenAccount`](super::CreateOpenAccount) (89003). What the service says of an account
/// that is bound to none is not documented.
///
/// | Call | `POST /cgi-bin/open/unbind` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [24 开放平台账号管理](crate::permission::OPEN_ACCOUNT_OF_PUBLIC_ACCOUNT) or [25 开放平台账号管理](crate::permission::OPEN_ACCOUNT) or 60 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 89001, 89003 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openplatform-management/api_unbindopenaccount.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openplatform-management/unbindOpenAccount.html) |
#[doc(alias = "/cgi-bin/open/unbind")]
#[doc(alias = "unbindOpenAccount")]
#[doc(alias = "解绑开放平台账号")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnbindOpenAccount {
    /// The open-platform account.
    #[serde(rename = "open_appid")]
    pub open_app_id: OpenAppId,
    /// The account to unbind. It is the token's own when left out; another one gets 40013.
    #[serde(rename = "appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl UnbindOpenAccount {
    /// Unbinds the account behind the token from `open_app_id`.
    pub fn new(open_app_id: impl Into<OpenAppId>) -> Self {
        Self { open_app_id: open_app_id.into(), app_id: None }
    }

    setters! {
        app_id: impl Into<AuthorizerAppId>,
    }
}

impl Operation for UnbindOpenAccount {
    type Response = UnbindOpenAccountResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("unbindOpenAccount", "/cgi-bin/open/unbind").permission_sets(&[24, 25, 60]);
}

wire::empty! {
    /// The binding is gone.
    UnbindOpenAccountResponse
}
