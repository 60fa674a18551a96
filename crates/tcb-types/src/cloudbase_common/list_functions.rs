//! `POST /tcb/listfunctions`

use serde::{Deserialize, Serialize};

use crate::{EnvId, FunctionName, Operation, OperationSpec, wire};

/// Lists the cloud functions of an environment, a page at a time.
///
/// The documentation names no largest page and no default.
///
/// | Call | `POST /tcb/listfunctions` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002, 40001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/scf-management/getFuntionList.html) |
#[doc(alias = "/tcb/listfunctions")]
#[doc(alias = "getFuntionList")]
#[doc(alias = "获取云函数列表")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListFunctions {
    /// The environment.
    pub env: EnvId,
    /// How many functions to list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many functions to skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl ListFunctions {
    /// The first functions of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), limit: None, offset: None }
    }

    setters! {
        limit: u32,
        offset: u64,
    }
}

impl Operation for ListFunctions {
    type Response = ListFunctionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getFuntionList", "/tcb/listfunctions")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["functions.name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of functions.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListFunctionsResponse {
    /// Number of all functions of the environment.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total_count: Option<u64>,
    /// The page.
    #[serde(default, deserialize_with = "wire::list")]
    pub functions: Vec<Function>,
}

/// A cloud function.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Function {
    /// Its name.
    pub name: FunctionName,
    /// Its runtime, for example `Nodejs8.9`. One page calls the member `run_time`, which is read
    /// too.
    #[serde(alias = "run_time")]
    pub runtime: Option<String>,
    /// Its state.
    pub status: Option<FunctionStatus>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub add_time: Option<String>,
    /// When it was last changed, in the same format.
    pub mod_time: Option<String>,
}

wire::named! {
    /// State of a function. The documentation gives two examples and no list.
    FunctionStatus {
        /// It can be called.
        Active = "Active",
        /// Making it failed.
        CreateFailed = "CreateFailed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    fn function(members: &str) -> Function {
        let body = format!(r#"{{"errcode":0,"functions":[{{"name":"f",{members}}}]}}"#);
        let mut page = read_response::<ListFunctions>(body.as_bytes(), &Scrubber::default()).unwrap();
        page.functions.remove(0)
    }

    #[test]
    fn the_runtime_is_read_under_both_names() {
        for name in ["runtime", "run_time"] {
            assert_eq!(
                function(&format!(r#""{name}":"Nodejs8.9""#)).runtime.as_deref(),
                Some("Nodejs8.9"),
                "{name}"
            );
        }
    }

    #[test]
    fn a_reason_that_only_batch_mode_documents_is_borne() {
        let function = function(r#""status":"CreateFailed","status_reason":[{"errcode":"x","errmsg":"y"}]"#);
        assert_eq!(function.status, Some(FunctionStatus::CreateFailed));
    }
}
