//! `POST /componenttcb/dbmigrationstate`

use serde::Serialize;

use crate::cloudbase_common::MigrationState;
use crate::{EnvId, JobId, Operation, OperationSpec, TokenKinds};

/// Reads how far an import or export of the database is.
///
/// The documentation speaks of exports only; the call serves imports too.
///
/// | Call | `POST /componenttcb/dbmigrationstate` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_getmigrationstate.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/getMigrationState.html) |
#[doc(alias = "/componenttcb/dbmigrationstate")]
#[doc(alias = "getMigrationState")]
#[doc(alias = "数据库状态查询")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetMigrationState {
    /// The environment.
    pub env: EnvId,
    /// The import or export.
    #[serde(rename = "job_id")]
    pub job: JobId,
}

impl GetMigrationState {
    /// The state of `job` in `env`.
    pub fn new(env: impl Into<EnvId>, job: JobId) -> Self {
        Self { env: env.into(), job }
    }
}

impl Operation for GetMigrationState {
    type Response = MigrationState;
    const SPEC: OperationSpec = OperationSpec::post("getMigrationState", "/componenttcb/dbmigrationstate")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["status"])
        .secret_response();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_text_is_read_under_both_names() {
        for name in ["error_msg", "err_msg"] {
            let body = format!(r#"{{"errcode":0,"status":"success","{name}":"done"}}"#);
            let state = read_response::<GetMigrationState>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(state.message.as_deref(), Some("done"), "{name}");
        }
    }

    #[test]
    fn the_state_has_the_address_of_what_was_exported() {
        let body = br#"{"errcode":0,"status":"success","file_url":"https://u/a.json?sign=canary"}"#;
        let state = read_response::<GetMigrationState>(body, &Scrubber::default()).unwrap();
        assert_eq!(
            state.file_url.as_ref().map(crate::DownloadLink::expose),
            Some("https://u/a.json?sign=canary")
        );
        assert!(!format!("{state:?}").contains("canary"));
    }
}
