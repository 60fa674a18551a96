//! `POST /componenttcb/batchuploadscfcode`

use serde::{Deserialize, Serialize};

use super::{EnvFailure, check_archive};
use crate::{
    Base64Bytes, EncodeError, EnvId, FunctionName, Operation, OperationSpec, Partial, TokenKinds, partial,
};

/// Replaces the code of a cloud function in several environments.
///
/// Pack the files themselves, not a folder around them; dependencies are installed in the cloud.
///
/// | Call | `POST /componenttcb/batchuploadscfcode` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_uploadcloudfunctioncode.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/uploadCloudFunctionCode.html) |
#[doc(alias = "/componenttcb/batchuploadscfcode")]
#[doc(alias = "uploadCloudFunctionCode")]
#[doc(alias = "更新云函数代码")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateFunctionCode {
    /// The function.
    #[serde(rename = "functionname")]
    pub name: FunctionName,
    /// Environments to update it in.
    pub envs: Vec<EnvId>,
    /// ZIP archive with the code, 20 MB at most.
    #[serde(rename = "zipfile")]
    pub archive: Base64Bytes,
}

impl UpdateFunctionCode {
    /// `archive` as the code of `name` in each of `envs`.
    pub fn new<E: Into<EnvId>>(
        name: impl Into<FunctionName>,
        envs: impl IntoIterator<Item = E>,
        archive: impl Into<Base64Bytes>,
    ) -> Self {
        Self { name: name.into(), envs: envs.into_iter().map(Into::into).collect(), archive: archive.into() }
    }
}

impl Operation for UpdateFunctionCode {
    type Response = UpdateFunctionCodeResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("uploadCloudFunctionCode", "/componenttcb/batchuploadscfcode")
            .token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        check_archive(&self.archive)
    }
}

/// Where the code is replaced.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateFunctionCodeResponse {
    /// The environments in which the update failed. One client reads the names of the creating
    /// call, `fail_env_list` and `errmsg`, which are read too.
    #[serde(default, rename = "fail_list", alias = "fail_env_list", with = "partial::failures")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::env_failure::WithErrormsg>"))]
    pub envs: Partial<(), EnvFailure>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn failures_are_read_in_both_spellings() {
        for (list, reason) in [("fail_list", "errormsg"), ("fail_env_list", "errmsg")] {
            let body = format!(r#"{{"errcode":0,"{list}":[{{"env":"b","{reason}":"x"}}]}}"#);
            let answer = read_response::<UpdateFunctionCode>(body.as_bytes(), &Scrubber::default()).unwrap();
            let failure = &answer.envs.failures()[0];
            assert_eq!(
                (failure.env.as_ref(), failure.message.as_deref()),
                (Some(&"b".into()), Some("x")),
                "{list}"
            );
        }
    }
}
