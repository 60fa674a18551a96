//! `POST /componenttcb/batchuploadscf`

use serde::{Deserialize, Serialize};

use super::{EnvFailure, check_archive};
use crate::{
    Base64Bytes, EncodeError, EnvId, FunctionName, Operation, OperationSpec, Partial, TokenKinds, partial,
};

/// Creates a cloud function with its code in several environments.
///
/// Creation goes on after the answer; [`ListFunctions`](super::ListFunctions) shows when the
/// function can be called, or why it cannot. Pack the files themselves, not a folder around them;
/// dependencies are installed in the cloud.
///
/// | Call | `POST /componenttcb/batchuploadscf` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_batchuuloadcloudfunction.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/batchuUloadCloudFunction.html) |
///
/// ```
/// use tcb_types::cloudbase_batch::CreateFunctionInEnvs;
/// use tcb_types::{Scrubber, read_response};
///
/// let archive = b"PK".to_vec(); // a ZIP archive
/// let request = CreateFunctionInEnvs::new("hello", ["shop-1", "shop-2"], archive);
/// assert_eq!(request.envs.len(), 2);
///
/// let body = br#"{"errcode":0,"fail_env_list":[{"env":"shop-2","errmsg":"not found"}]}"#;
/// let answer = read_response::<CreateFunctionInEnvs>(body, &Scrubber::default()).unwrap();
/// assert_eq!(answer.envs.failures()[0].env, Some("shop-2".into()));
/// ```
#[doc(alias = "/componenttcb/batchuploadscf")]
#[doc(alias = "batchuUloadCloudFunction")]
#[doc(alias = "创建云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateFunctionInEnvs {
    /// Name of the function.
    #[serde(rename = "functionname")]
    pub name: FunctionName,
    /// Environments to create it in.
    pub envs: Vec<EnvId>,
    /// ZIP archive with the code, 20 MB at most.
    #[serde(rename = "zipfile")]
    pub archive: Base64Bytes,
    /// Id of the private network that it is in.
    #[serde(rename = "vpcid", skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// Id of the subnet that it is in.
    #[serde(rename = "subnetid", skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
}

impl CreateFunctionInEnvs {
    /// A function `name` in each of `envs`.
    pub fn new<E: Into<EnvId>>(
        name: impl Into<FunctionName>,
        envs: impl IntoIterator<Item = E>,
        archive: impl Into<Base64Bytes>,
    ) -> Self {
        Self {
            name: name.into(),
            envs: envs.into_iter().map(Into::into).collect(),
            archive: archive.into(),
            vpc_id: None,
            subnet_id: None,
        }
    }

    setters! {
        vpc_id: impl Into<String>,
        subnet_id: impl Into<String>,
    }
}

impl Operation for CreateFunctionInEnvs {
    type Response = CreateFunctionInEnvsResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("batchuUloadCloudFunction", "/componenttcb/batchuploadscf")
            .token(TokenKinds::Component);

    fn validate(&self) -> Result<(), EncodeError> {
        check_archive(&self.archive)
    }
}

/// Where the function is being created.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateFunctionInEnvsResponse {
    /// The environments in which creation failed. Whether the code of the answer is then 0 is not
    /// documented.
    #[serde(default, rename = "fail_env_list", with = "partial::failures")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<EnvFailure>"))]
    pub envs: Partial<(), EnvFailure>,
}

impl CreateFunctionInEnvsResponse {
    /// The answer when creation failed in these environments, as a probe or a mock returns it.
    pub fn new(failures: impl IntoIterator<Item = EnvFailure>) -> Self {
        Self { envs: Partial::new((), failures.into_iter().collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_archive_travels_as_base64() {
        let create = CreateFunctionInEnvs::new("f", ["a", "b"], b"PK".as_slice());
        assert_eq!(create.body().unwrap(), br#"{"functionname":"f","envs":["a","b"],"zipfile":"UEs="}"#);
    }

    #[test]
    fn a_failed_environment_cannot_be_overlooked() {
        let body = br#"{"errcode":0,"fail_env_list":[{"env":"b","errmsg":"no such env"}]}"#;
        let answer = read_response::<CreateFunctionInEnvs>(body, &Scrubber::default()).unwrap();
        assert_eq!(answer.envs.complete().unwrap_err().failures()[0].env, Some("b".into()));
        let answer =
            read_response::<CreateFunctionInEnvs>(br#"{"errcode":0}"#, &Scrubber::default()).unwrap();
        assert!(answer.envs.complete().is_ok());
    }
}
