//! `POST /wxa/getvoipsign`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{EncodeError, OpenId, Operation, OperationSpec, wire};

/// Signs a user's entry into a room for real-time voice.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too. One client calls `/tcb/getvoipsign`; all pages have the path that is called here.
///
/// | Call | `POST /wxa/getvoipsign` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [18 小程序开发与数据分析](crate::permission::DEVELOPMENT_AND_ANALYSIS) |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, 40014, 41001, 42001 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others/api_getcloudbasevoipsign) |
#[doc(alias = "/wxa/getvoipsign")]
#[doc(alias = "getCloudBaseVoIPSign")]
#[doc(alias = "获取实时语音签名")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetVoipSignature {
    /// The user. It travels in the URL; only a comment of the documentation's sample knows it.
    #[serde(rename = "openid", skip_serializing)]
    pub open_id: Option<OpenId>,
    /// The room.
    pub group_id: String,
    /// When `nonce` was made, as Unix time in seconds.
    pub timestamp: i64,
    /// A random text, shorter than 128 characters.
    pub nonce: String,
}

impl GetVoipSignature {
    /// An entry into the room `group_id`.
    pub fn new(group_id: impl Into<String>, nonce: impl Into<String>, timestamp: i64) -> Self {
        Self { open_id: None, group_id: group_id.into(), timestamp, nonce: nonce.into() }
    }

    setters! {
        open_id: impl Into<OpenId>,
    }
}

impl Operation for GetVoipSignature {
    type Response = VoipSignature;
    const SPEC: OperationSpec = OperationSpec::post("getCloudBaseVoIPSign", "/wxa/getvoipsign")
        .permission_sets(&[18])
        .read()
        .required_in_response(&["signature"])
        .secret_response();

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        wire::parameter("openid", self.open_id.as_ref())
    }

    fn validate(&self) -> Result<(), EncodeError> {
        if self.nonce.chars().count() < 128 {
            return Ok(());
        }
        Err(EncodeError::limit("nonce", "fewer than 128 characters"))
    }
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VoipSignature {
    /// The signature.
    #[serde(skip_serializing)]
    pub signature: crate::Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_travels_in_the_url() {
        let request = GetVoipSignature::new("g", "n", 1);
        assert!(request.query().is_empty());
        let request = request.open_id("o");
        assert_eq!(request.query(), [("openid", "o".into())]);
        assert_eq!(request.body().unwrap(), br#"{"group_id":"g","timestamp":1,"nonce":"n"}"#);
        assert_eq!(GetVoipSignature::SPEC.path, "/wxa/getvoipsign");
    }

    #[test]
    fn too_long_a_nonce_is_not_sent() {
        assert!(GetVoipSignature::new("g", "字".repeat(127), 1).body().is_ok());
        assert!(GetVoipSignature::new("g", "n".repeat(128), 1).body().is_err());
    }
}
