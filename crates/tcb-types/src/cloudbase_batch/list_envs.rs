//! `POST /componenttcb/describeenvs`

use serde::{Deserialize, Serialize};

use crate::cloudbase_common::EnvStatus;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists all environments of the platform, and initialises new ones.
///
/// Environments come in one answer; there is no paging. A new environment is initialised by the
/// first call after its creation, and can be used when its status is [`Normal`](EnvStatus::Normal).
///
/// | Call | `POST /componenttcb/describeenvs` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/env-mgnt/api_gettcbenvlist.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/env-mgnt/getTcbEnvList.html) |
#[doc(alias = "/componenttcb/describeenvs")]
#[doc(alias = "getTcbEnvList")]
#[doc(alias = "获取环境信息")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListEnvs {}

impl ListEnvs {
    /// All environments.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for ListEnvs {
    type Response = ListEnvsResponse;
    // Not a read, for it initialises new environments; idempotent, for an environment is
    // initialised once.
    const SPEC: OperationSpec = OperationSpec::post("getTcbEnvList", "/componenttcb/describeenvs")
        .token(TokenKinds::Component)
        .idempotent()
        .required_in_response(&["info_list.env"]);
}

/// Environments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListEnvsResponse {
    /// The environments.
    #[serde(default, rename = "info_list", deserialize_with = "wire::list")]
    pub envs: Vec<Env>,
}

/// A cloud environment of the platform.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Env {
    /// Its id.
    #[serde(rename = "env")]
    pub id: EnvId,
    /// Its name.
    pub alias: Option<String>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub create_time: Option<String>,
    /// When it was last changed, in the same format. An old table prints the name as `update_ime`,
    /// which is read too.
    #[serde(alias = "update_ime")]
    pub update_time: Option<String>,
    /// Whether it can be used. This call documents `NORMAL` only; the others are those of ordinary
    /// mode.
    pub status: Option<EnvStatus>,
    /// Id of its package, for example `basic`.
    pub package_id: Option<String>,
    /// Chinese name of its package.
    pub package_name: Option<String>,
    /// Id of its database instance.
    #[serde(rename = "dbinstance_id")]
    pub database_id: Option<String>,
    /// Id of its storage bucket.
    pub bucket_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_body_is_an_empty_object() {
        assert_eq!(ListEnvs::new().body().unwrap(), b"{}");
    }

    #[test]
    fn the_misprinted_time_is_read() {
        for name in ["update_time", "update_ime"] {
            let body =
                format!(r#"{{"errcode":0,"info_list":[{{"env":"e","{name}":"2020-04-04 14:10:36"}}]}}"#);
            let answer = read_response::<ListEnvs>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.envs[0].update_time.as_deref(), Some("2020-04-04 14:10:36"), "{name}");
        }
    }
}
