//! `POST /tcb/getenvinfo`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Lists the mini program's cloud environments, or reads one.
///
/// 85088: cloud development is not open.
///
/// | Call | `POST /tcb/getenvinfo` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002, 40001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/env-management/api_getenvinfo.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/env-management/getEnvInfo.html) |
#[doc(alias = "/tcb/getenvinfo")]
#[doc(alias = "getEnvInfo")]
#[doc(alias = "获取云环境")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListEnvs {
    /// Only this environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvId>,
}

impl ListEnvs {
    /// All environments.
    pub fn new() -> Self {
        Self { env: None }
    }

    setters! {
        env: impl Into<EnvId>,
    }
}

impl Operation for ListEnvs {
    type Response = ListEnvsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getEnvInfo", "/tcb/getenvinfo")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["info_list.env"]);

    fn environment(&self) -> Option<&EnvId> {
        self.env.as_ref()
    }
}

/// Environments.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListEnvsResponse {
    /// The environments.
    #[serde(default, rename = "info_list", deserialize_with = "wire::list")]
    pub envs: Vec<Env>,
}

/// A cloud environment.
#[derive(Clone, Debug, Deserialize)]
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
    /// When it was last changed, in the same format.
    pub update_time: Option<String>,
    /// Whether it can be used.
    pub status: Option<EnvStatus>,
    /// Id of its package.
    pub package_id: Option<String>,
    /// Chinese name of its package.
    pub package_name: Option<String>,
}

wire::named! {
    /// Whether an environment can be used.
    EnvStatus {
        /// It can.
        Normal = "NORMAL",
        /// Stopped because of overuse or a ban.
        Halted = "HALTED",
        /// Not initialised yet.
        Unavailable = "UNAVAILABLE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseError, Scrubber, read_response};

    #[test]
    fn any_state_is_kept() {
        for (text, status) in [
            ("NORMAL", EnvStatus::Normal),
            ("HALTED", EnvStatus::Halted),
            ("UNAVAILABLE", EnvStatus::Unavailable),
            ("INITIALIZING", EnvStatus::Other("INITIALIZING".into())),
        ] {
            let body = format!(r#"{{"errcode":0,"info_list":[{{"env":"e","status":"{text}"}}]}}"#);
            let answer = read_response::<ListEnvs>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(answer.envs[0].status, Some(status));
        }
    }

    #[test]
    fn an_environment_without_an_id_is_none_and_named_by_its_place() {
        let body = br#"{"errcode":0,"info_list":[{"env":"e"},{"alias":"a"}]}"#;
        let refused = read_response::<ListEnvs>(body, &Scrubber::default());
        let Err(ResponseError::Malformed(error)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.path(), "info_list[1]");
        assert!(error.to_string().contains("missing field `env`"), "{error}");
    }
}
