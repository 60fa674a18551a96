//! `POST /tcb/createclouduser`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{ErrCode, Operation, OperationSpec};

/// Opens cloud development for the mini program behind the token.
///
/// Opening needs the consent of the mini program's administrator. The first call makes WeChat send
/// a message, through the account "微信公众平台" when the administrator follows it, as a service
/// notification otherwise; call again after the administrator has acted. There is no push for that.
/// Mini programs that the platform registered through quick registration can be opened the same
/// way.
///
/// | Call | `POST /tcb/createclouduser` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -601049, -601048, -601026, -1, -1000, 40001, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_createclouduser.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/createCloudUser.html) |
#[doc(alias = "/tcb/createclouduser")]
#[doc(alias = "createCloudUser")]
#[doc(alias = "开通云开发")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateCloudUser {}

impl CreateCloudUser {
    /// Asks for cloud development to be opened.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for CreateCloudUser {
    type Response = CloudUser;
    const SPEC: OperationSpec =
        OperationSpec::post("createCloudUser", "/tcb/createclouduser").permission_sets(&[49, 64]);

    fn outcome(code: ErrCode, _message: &str) -> Option<CloudUser> {
        match code {
            ErrCode::CONSENT_MISSING => Some(CloudUser::WaitingForConsent),
            ErrCode::PHONE_MISSING => Some(CloudUser::WaitingForPhone),
            ErrCode::CONSENT_ALREADY_ASKED => Some(CloudUser::AlreadyAsked),
            _ => None,
        }
    }
}

/// How far the opening of cloud development is.
///
/// All but [`Opened`](Self::Opened) wait for the administrator: call again after it has acted,
/// minutes later at first, hours later then. A call that comes too early sends no further message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "CloudUserWire", into = "CloudUserWire")]
#[must_use = "cloud development may not be open yet"]
#[non_exhaustive]
pub enum CloudUser {
    /// Cloud development is open.
    Opened,
    /// The administrator has not agreed yet; a message that asks for it was sent (−601049).
    WaitingForConsent,
    /// The administrator has no phone number bound; a message that asks to bind one and to agree
    /// was sent (−601048).
    WaitingForPhone,
    /// A message was sent within the last 24 hours, so none was sent now (−601026). It says nothing
    /// about what is missing.
    AlreadyAsked,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CloudUserWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
}

impl TryFrom<CloudUserWire> for CloudUser {
    type Error = Refusal;

    fn try_from(answer: CloudUserWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", CreateCloudUser::outcome)? {
            return Ok(outcome);
        }
        Ok(Self::Opened)
    }
}

impl From<CloudUser> for CloudUserWire {
    fn from(answer: CloudUser) -> Self {
        let errcode = match answer {
            CloudUser::Opened => None,
            CloudUser::WaitingForConsent => Some(ErrCode::CONSENT_MISSING),
            CloudUser::WaitingForPhone => Some(ErrCode::PHONE_MISSING),
            CloudUser::AlreadyAsked => Some(ErrCode::CONSENT_ALREADY_ASKED),
        };
        Self { errcode }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CloudUser => CloudUserWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reaction, ResponseError, Scrubber, read_response};

    fn read(body: &str) -> Result<CloudUser, ResponseError> {
        read_response::<CreateCloudUser>(body.as_bytes(), &Scrubber::default())
    }

    #[test]
    fn waiting_is_an_outcome_and_not_an_error() {
        for (body, expected) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, CloudUser::Opened),
            (
                r#"{"errcode":-601049,"errmsg":"appid not authorized to open rid: a-b-c"}"#,
                CloudUser::WaitingForConsent,
            ),
            (r#"{"errcode":-601048,"errmsg":""}"#, CloudUser::WaitingForPhone),
            (r#"{"errcode":-601026}"#, CloudUser::AlreadyAsked),
        ] {
            assert_eq!(read(body).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn other_refusals_are_errors_and_not_taken_for_a_busy_service() {
        for code in [-601_009, -601_999] {
            let refused = read(&format!(r#"{{"errcode":{code},"errmsg":"x"}}"#));
            let Err(ResponseError::Api(error)) = refused else { panic!("{code}") };
            assert_eq!(error.code(), ErrCode::new(code));
            assert_ne!(error.reaction(), Reaction::RetryLater, "{code}");
        }
    }

    #[test]
    fn the_body_is_an_empty_object() {
        assert_eq!(CreateCloudUser::new().body().unwrap(), b"{}");
    }
}
