//! `POST /componenttcb/createenv`

use serde::{Deserialize, Serialize};

use crate::{EncodeError, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Creates a cloud environment that belongs to the platform and can be shared with mini programs.
///
/// It is never repeated automatically: the environment is paid for by use, by the Tencent Cloud
/// account that is bound to the platform. After success call [`ListEnvs`](super::ListEnvs), which
/// also initialises the environment, until it shows the environment as usable; only then make
/// collections and the like.
///
/// | Call | `POST /componenttcb/createenv` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/env-mgnt/api_createtcbenv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/env-mgnt/createTcbEnv.html) |
#[doc(alias = "/componenttcb/createenv")]
#[doc(alias = "createTcbEnv")]
#[doc(alias = "创建环境")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateEnv {
    /// Name of the environment, and the first part of its id. It starts with a letter from `a` to
    /// `z`; letters, digits and hyphens may follow. Tencent Cloud's page of the call behind this
    /// one allows lower case only, so that is the safe choice.
    pub alias: String,
    /// Kind of environment. The official sample leaves it out, all current pages require it.
    #[serde(rename = "EnvType")]
    pub kind: EnvKind,
}

impl CreateEnv {
    /// An environment named `alias`, of the only documented kind.
    pub fn new(alias: impl Into<String>) -> Self {
        Self { alias: alias.into(), kind: EnvKind::Run }
    }

    /// Another kind than the only documented one.
    #[must_use]
    pub fn kind(mut self, kind: EnvKind) -> Self {
        self.kind = kind;
        self
    }
}

impl Operation for CreateEnv {
    type Response = CreateEnvResponse;
    const SPEC: OperationSpec = OperationSpec::post("createTcbEnv", "/componenttcb/createenv")
        .token(TokenKinds::Component)
        .required_in_response(&["env"]);

    fn validate(&self) -> Result<(), EncodeError> {
        let starts_well = self.alias.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts_well || !self.alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(EncodeError::limit(
                "alias",
                "a letter from a to z, then letters, digits and hyphens",
            ));
        }
        Ok(())
    }
}

/// The new environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateEnvResponse {
    /// Its id.
    #[serde(rename = "env")]
    pub id: EnvId,
    /// Number of the post-paid order that was opened.
    #[serde(rename = "tranid")]
    pub order_id: Option<String>,
}

impl CreateEnvResponse {
    /// The answer for an environment with this id, as a probe or a mock returns it.
    pub fn new(id: impl Into<EnvId>) -> Self {
        Self { id: id.into(), order_id: None }
    }
}

wire::named! {
    /// Kind of an environment.
    EnvKind {
        /// The only documented kind.
        Run = "run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeErrorKind, Scrubber, read_response};

    #[test]
    fn the_kind_is_always_sent_in_its_odd_spelling() {
        assert_eq!(CreateEnv::new("mytestenv").body().unwrap(), br#"{"alias":"mytestenv","EnvType":"run"}"#);
    }

    #[test]
    fn an_alias_that_cannot_start_an_id_is_refused_before_sending() {
        for alias in ["", "1a", "-a", "Shop", "a b", "a_b", "店"] {
            let error = CreateEnv::new(alias).body().unwrap_err();
            assert!(matches!(error.kind(), EncodeErrorKind::Limit { field: "alias", .. }), "{alias}");
        }
        for alias in ["a", "shop-1", "shopProd"] {
            assert!(CreateEnv::new(alias).body().is_ok(), "{alias}");
        }
    }

    #[test]
    fn the_official_answer_is_read() {
        let body =
            br#"{"errcode":0,"errmsg":"ok","tranid":"20201030189770","env":"mytestenv-7gfwxe92efb3aa38"}"#;
        let answer = read_response::<CreateEnv>(body, &Scrubber::default()).unwrap();
        assert_eq!(answer.id, "mytestenv-7gfwxe92efb3aa38");
        assert_eq!(answer.order_id.as_deref(), Some("20201030189770"));
    }
}
