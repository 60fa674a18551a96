//! `GET /cgi-bin/open/sameentity`

use serde::{Deserialize, Serialize};

use crate::outcome::{self, Refusal};
use crate::{ErrCode, Operation, OperationSpec};

/// Reads whether the calling account and its open-platform account have the same subject.
///
/// Not confirmed: the page was not read. The facts are those of two clients,
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat` and `JeffreySu/WeiXinMPSDK`; that an account
/// without a binding is answered with 89002 is taken from the related operations.
///
/// | Call | `GET /cgi-bin/open/sameentity` |
/// | --- | --- |
/// | Token | the account's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 89002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/miniprogram-management/basic-info-management/getBindOpenAccountEntity.html) |
#[doc(alias = "/cgi-bin/open/sameentity")]
#[doc(alias = "getBindOpenAccountEntity")]
#[doc(alias = "获取绑定的开放平台账号主体信息")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetOpenAccountEntity {}

impl GetOpenAccountEntity {
    /// Asks about the account behind the token.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for GetOpenAccountEntity {
    type Response = OpenAccountEntity;
    const SPEC: OperationSpec = OperationSpec::get("getBindOpenAccountEntity", "/cgi-bin/open/sameentity")
        .required_in_response(&["same_entity"]);

    fn outcome(code: ErrCode, _message: &str) -> Option<OpenAccountEntity> {
        (code == ErrCode::NOT_BOUND).then_some(OpenAccountEntity { same_entity: None })
    }
}

/// How the subjects compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "OpenAccountEntityWire", into = "OpenAccountEntityWire")]
#[non_exhaustive]
pub struct OpenAccountEntity {
    /// Whether both have the same subject; `None` when the account is bound to no open-platform
    /// account (89002).
    pub same_entity: Option<bool>,
}

/// What the wire holds.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OpenAccountEntityWire {
    /// Where an answer was serialised; the reader of answers takes it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    errcode: Option<ErrCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    same_entity: Option<bool>,
}

impl TryFrom<OpenAccountEntityWire> for OpenAccountEntity {
    type Error = Refusal;

    fn try_from(answer: OpenAccountEntityWire) -> Result<Self, Refusal> {
        if let Some(outcome) = outcome::of(answer.errcode, "", GetOpenAccountEntity::outcome)? {
            return Ok(outcome);
        }
        let same_entity = answer.same_entity.ok_or("missing field `same_entity`")?;
        Ok(Self { same_entity: Some(same_entity) })
    }
}

impl From<OpenAccountEntity> for OpenAccountEntityWire {
    fn from(answer: OpenAccountEntity) -> Self {
        let errcode = answer.same_entity.is_none().then_some(ErrCode::NOT_BOUND);
        Self { errcode, same_entity: answer.same_entity }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(OpenAccountEntity => OpenAccountEntityWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn no_binding_is_an_answer() {
        let read = |body: &str| read_response::<GetOpenAccountEntity>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":89002,"errmsg":"x"}"#).unwrap().same_entity, None);
        assert_eq!(read(r#"{"same_entity":false}"#).unwrap().same_entity, Some(false));
        assert!(read("{}").is_err());
    }
}
