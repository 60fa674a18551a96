//! `POST /cgi-bin/open/get`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{AuthorizerAppId, ErrCode, OpenAppId, Operation, OperationSpec};

/// Reads which open-platform account the calling account is bound to.
///
/// | Call | `POST /cgi-bin/open/get` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [24 开放平台账号管理](crate::permission::OPEN_ACCOUNT_OF_PUBLIC_ACCOUNT) or [25 开放平台账号管理](crate::permission::OPEN_ACCOUNT) or 60 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 89002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/account/get.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openplatform-management/getOpenAccount.html) |
#[doc(alias = "/cgi-bin/open/get")]
#[doc(alias = "getOpenAccount")]
#[doc(alias = "获取开放平台账号")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetOpenAccount {
    /// The account to ask about. It is the token's own when left out; another one gets 40013.
    #[serde(rename = "appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl GetOpenAccount {
    /// Asks about the account behind the token.
    pub fn new() -> Self {
        Self { app_id: None }
    }

    setters! {
        app_id: impl Into<AuthorizerAppId>,
    }
}

impl Operation for GetOpenAccount {
    type Response = BoundOpenAccount;
    const SPEC: OperationSpec = OperationSpec::post("getOpenAccount", "/cgi-bin/open/get")
        .permission_sets(&[24, 25, 60])
        .read()
        .required_in_response(&["open_appid"]);

    fn outcome(code: ErrCode, _message: &str) -> Option<BoundOpenAccount> {
        (code == ErrCode::NOT_BOUND).then_some(BoundOpenAccount { open_app_id: None })
    }
}

/// The binding of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "BoundOpenAccountWire", into = "BoundOpenAccountWire")]
#[non_exhaustive]
pub struct BoundOpenAccount {
    /// The open-platform account; `None` when the account is bound to none (89002).
    pub open_app_id: Option<OpenAppId>,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct BoundOpenAccountWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "OpenAppId"))]
    open_appid: Option<OpenAppId>,
}

impl TryFrom<BoundOpenAccountWire> for BoundOpenAccount {
    type Error = Refusal;

    fn try_from(answer: BoundOpenAccountWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", GetOpenAccount::outcome)? {
            return Ok(outcome);
        }
        let open_app_id = answer.open_appid.ok_or("missing field `open_appid`")?;
        Ok(Self { open_app_id: Some(open_app_id) })
    }
}

impl From<BoundOpenAccount> for BoundOpenAccountWire {
    fn from(answer: BoundOpenAccount) -> Self {
        let errcode = answer.open_app_id.is_none().then_some(ErrCode::NOT_BOUND);
        Self { errcode, open_appid: answer.open_app_id }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(BoundOpenAccount => BoundOpenAccountWire);
