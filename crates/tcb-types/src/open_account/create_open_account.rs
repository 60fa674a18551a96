//! `POST /cgi-bin/open/create`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{AuthorizerAppId, ErrCode, OpenAppId, Operation, OperationSpec};

/// Creates an open-platform account and binds the calling account to it.
///
/// The new account takes the caller's subject and is not verified; while that is so, only accounts
/// of the same subject can be bound, at most five mini programs. Trial mini programs cannot have
/// one. 89001: the subjects differ.
///
/// | Call | `POST /cgi-bin/open/create` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [24 开放平台账号管理](crate::permission::OPEN_ACCOUNT_OF_PUBLIC_ACCOUNT) or [25 开放平台账号管理](crate::permission::OPEN_ACCOUNT) or 60 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 89000, 89001 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openplatform-management/api_createopenaccount.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openplatform-management/createOpenAccount.html) |
#[doc(alias = "/cgi-bin/open/create")]
#[doc(alias = "createOpenAccount")]
#[doc(alias = "创建开放平台账号")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateOpenAccount {
    /// The account to bind. It is the token's own when left out; another one gets 40013.
    #[serde(rename = "appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl CreateOpenAccount {
    /// For the account behind the token.
    pub fn new() -> Self {
        Self { app_id: None }
    }

    setters! {
        app_id: impl Into<AuthorizerAppId>,
    }
}

impl Operation for CreateOpenAccount {
    type Response = OpenAccount;
    const SPEC: OperationSpec = OperationSpec::post("createOpenAccount", "/cgi-bin/open/create")
        .permission_sets(&[24, 25, 60])
        .required_in_response(&["open_appid"]);

    fn outcome(code: ErrCode, _message: &str) -> Option<OpenAccount> {
        (code == ErrCode::ALREADY_BOUND).then_some(OpenAccount::AlreadyBound)
    }
}

/// The open-platform account after the call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "OpenAccountWire", into = "OpenAccountWire")]
#[must_use = "the account may have been bound before, perhaps to another open-platform account"]
#[non_exhaustive]
pub enum OpenAccount {
    /// It was created by this call.
    Created {
        /// Its appid.
        open_app_id: OpenAppId,
    },
    /// The account was bound already, perhaps to another open-platform account than the one meant
    /// (89000). Read it with [`GetOpenAccount`](super::GetOpenAccount).
    AlreadyBound,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OpenAccountWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "OpenAppId"))]
    open_appid: Option<OpenAppId>,
}

impl TryFrom<OpenAccountWire> for OpenAccount {
    type Error = Refusal;

    fn try_from(answer: OpenAccountWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", CreateOpenAccount::outcome)? {
            return Ok(outcome);
        }
        let open_app_id = answer.open_appid.ok_or("missing field `open_appid`")?;
        Ok(Self::Created { open_app_id })
    }
}

impl From<OpenAccount> for OpenAccountWire {
    fn from(answer: OpenAccount) -> Self {
        match answer {
            OpenAccount::Created { open_app_id } => Self { errcode: None, open_appid: Some(open_app_id) },
            OpenAccount::AlreadyBound => Self { errcode: Some(ErrCode::ALREADY_BOUND), open_appid: None },
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(OpenAccount => OpenAccountWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseError, Scrubber, read_response};

    #[test]
    fn an_account_that_stands_is_an_answer_and_a_wrong_subject_is_an_error() {
        let read = |body: &str| read_response::<CreateOpenAccount>(body.as_bytes(), &Scrubber::default());
        let created = OpenAccount::Created { open_app_id: "wx1".into() };
        assert_eq!(read(r#"{"errcode":0,"open_appid":"wx1"}"#).unwrap(), created);
        assert_eq!(
            read(r#"{"errcode":89000,"errmsg":"account has bound open"}"#).unwrap(),
            OpenAccount::AlreadyBound
        );
        let Err(ResponseError::Api(error)) = read(r#"{"errcode":89001}"#) else { panic!() };
        assert_eq!(error.code(), ErrCode::OTHER_SUBJECT);
    }
}
