//! `POST /cgi-bin/open/bind`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{AuthorizerAppId, ErrCode, OpenAppId, Operation, OperationSpec};

/// Binds the calling account to an open-platform account.
///
/// Both need to have the same subject (89001). One that is not verified has to be made by
/// [`CreateOpenAccount`](super::CreateOpenAccount) and takes at most five accounts; editions of the
/// documentation say 89003 or 89036 for one that was not made through the API. 89004: it holds as
/// many accounts as it may, 100 by the text of that code.
///
/// | Call | `POST /cgi-bin/open/bind` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [24 开放平台账号管理](crate::permission::OPEN_ACCOUNT_OF_PUBLIC_ACCOUNT) or [25 开放平台账号管理](crate::permission::OPEN_ACCOUNT) or 60 |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, 40001, 40013, 89000, 89001, 89003, 89004, 89036 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openplatform-management/api_bindopenaccount.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/openplatform-management/bindOpenAccount.html) |
#[doc(alias = "/cgi-bin/open/bind")]
#[doc(alias = "bindOpenAccount")]
#[doc(alias = "绑定开放平台账号")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct BindOpenAccount {
    /// The open-platform account.
    #[serde(rename = "open_appid")]
    pub open_app_id: OpenAppId,
    /// The account to bind. It is the token's own when left out; another one gets 40013.
    #[serde(rename = "appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
}

impl BindOpenAccount {
    /// Binds the account behind the token to `open_app_id`.
    pub fn new(open_app_id: impl Into<OpenAppId>) -> Self {
        Self { open_app_id: open_app_id.into(), app_id: None }
    }

    setters! {
        app_id: impl Into<AuthorizerAppId>,
    }
}

impl Operation for BindOpenAccount {
    type Response = OpenAccountBinding;
    // Idempotent: a repeat of a call that landed is answered with 89000, which is an answer.
    const SPEC: OperationSpec = OperationSpec::post("bindOpenAccount", "/cgi-bin/open/bind")
        .permission_sets(&[24, 25, 60])
        .idempotent();

    fn outcome(code: ErrCode, _message: &str) -> Option<OpenAccountBinding> {
        (code == ErrCode::ALREADY_BOUND).then_some(OpenAccountBinding::AlreadyBound)
    }
}

/// The binding after the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "OpenAccountBindingWire", into = "OpenAccountBindingWire")]
#[must_use = "the account may have been bound before, perhaps to another open-platform account"]
#[non_exhaustive]
pub enum OpenAccountBinding {
    /// The account is bound to the open-platform account that was named.
    Bound,
    /// The account was bound already, perhaps to another open-platform account than the one meant
    /// (89000). Read it with [`GetOpenAccount`](super::GetOpenAccount).
    AlreadyBound,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OpenAccountBindingWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
}

impl TryFrom<OpenAccountBindingWire> for OpenAccountBinding {
    type Error = Refusal;

    fn try_from(answer: OpenAccountBindingWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", BindOpenAccount::outcome)? {
            return Ok(outcome);
        }
        Ok(Self::Bound)
    }
}

impl From<OpenAccountBinding> for OpenAccountBindingWire {
    fn from(answer: OpenAccountBinding) -> Self {
        let errcode = match answer {
            OpenAccountBinding::Bound => None,
            OpenAccountBinding::AlreadyBound => Some(ErrCode::ALREADY_BOUND),
        };
        Self { errcode }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(OpenAccountBinding => OpenAccountBindingWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseError, Scrubber, read_response};

    #[test]
    fn a_binding_that_stands_is_an_answer_and_a_wrong_subject_is_an_error() {
        let read = |body: &str| read_response::<BindOpenAccount>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":0}"#).unwrap(), OpenAccountBinding::Bound);
        assert_eq!(read(r#"{"errcode":89000,"errmsg":""}"#).unwrap(), OpenAccountBinding::AlreadyBound);
        for code in [89001, 89003, 89004, 89036] {
            let refused = read(&format!(r#"{{"errcode":{code}}}"#));
            assert!(matches!(refused, Err(ResponseError::Api(_))), "{code}");
        }
    }

    #[test]
    fn a_refusal_without_words_is_known_by_its_code_and_request() {
        let body = br#"{"errcode":89004,"errmsg":" hint: [a1b2] rid: 5f7c-1a-2b"}"#;
        let refused = read_response::<BindOpenAccount>(body, &Scrubber::default());
        let Err(ResponseError::Api(error)) = refused else { panic!() };
        assert_eq!((error.code(), error.rid()), (ErrCode::new(89004), Some("5f7c-1a-2b")));
    }
}
