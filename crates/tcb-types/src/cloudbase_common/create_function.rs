//! `POST /tcb/createfunction`

use serde::{Deserialize, Serialize};

use crate::cloudbase::exists_already::{self, CreatedWire};
use crate::outcome::{self, Refusal};
use crate::{EnvId, ErrCode, FunctionName, Operation, OperationSpec};

/// Creates a cloud function.
///
/// The function exists when the call returns, but has no code until it is uploaded. −501000 has no
/// text in the documentation: callers met it for a missing environment and for a function that
/// exists already, which is an [answer](CreateFunctionResponse::ExistsAlready) when the text says
/// so. Otherwise it is not repeated; read the state back with
/// [`ListFunctions`](super::ListFunctions).
///
/// | Call | `POST /tcb/createfunction` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -501000, -1, -1000, 40014, 40101, 41001, 42001, 43002, 40001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/scf-management/createFunction.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/scf-management/createFunction.html) |
#[doc(alias = "/tcb/createfunction")]
#[doc(alias = "createFunction")]
#[doc(alias = "创建云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateFunction {
    /// Environment that will own the function.
    pub env: EnvId,
    /// Name, unique in the environment.
    #[serde(rename = "function_name")]
    pub name: FunctionName,
}

impl CreateFunction {
    /// A function `name` in `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for CreateFunction {
    type Response = CreateFunctionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("createFunction", "/tcb/createfunction").permission_sets(&[49, 64]);

    fn outcome(code: ErrCode, message: &str) -> Option<CreateFunctionResponse> {
        exists_already::function(code, message).then_some(CreateFunctionResponse::ExistsAlready)
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The function after the call. Either way it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "CreatedWire", into = "CreatedWire")]
#[non_exhaustive]
pub enum CreateFunctionResponse {
    /// It was created by this call.
    Created,
    /// It was there before, with whatever code it has. The cloud says so in a text, which no page
    /// documents: `ResourceInUse.Function`.
    ExistsAlready,
}

impl TryFrom<CreatedWire> for CreateFunctionResponse {
    type Error = Refusal;

    fn try_from(answer: CreatedWire) -> Result<Self, Refusal> {
        let outcome = outcome::of(answer.errcode, &answer.errmsg, CreateFunction::outcome)?;
        Ok(outcome.unwrap_or(Self::Created))
    }
}

impl From<CreateFunctionResponse> for CreatedWire {
    fn from(answer: CreateFunctionResponse) -> Self {
        match answer {
            CreateFunctionResponse::Created => Self::default(),
            CreateFunctionResponse::ExistsAlready => Self::exists_already(),
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CreateFunctionResponse => CreatedWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseError, Scrubber, read_response};

    #[test]
    fn a_function_that_exists_is_an_answer_and_a_missing_environment_is_an_error() {
        let read = |body: &str| read_response::<CreateFunction>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":0,"errmsg":"ok"}"#).unwrap(), CreateFunctionResponse::Created);
        let exists = r#"{"errcode":-501000,"errmsg":"[ResourceInUse.FunctionName] FunctionName already exists rid: 1-2-3"}"#;
        assert_eq!(read(exists).unwrap(), CreateFunctionResponse::ExistsAlready);
        for text in ["Environment not found", ""] {
            let refused = read(&format!(r#"{{"errcode":-501000,"errmsg":"{text}"}}"#));
            let Err(ResponseError::Api(error)) = refused else { panic!("{text}") };
            assert_eq!(error.code(), ErrCode::CLOUD_RESOURCE);
        }
    }
}
