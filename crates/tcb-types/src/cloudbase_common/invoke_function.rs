//! `POST /tcb/invokecloudfunction`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{EncodeError, EnvId, FunctionName, JsonText, Operation, OperationSpec, TokenKinds};

/// Invokes a cloud function and waits for its result.
///
/// Environment and name travel in the URL, the event is the body itself. The function gets no
/// user's identity, and has to end within five seconds.
///
/// Ordinary mode takes the authorizer's token, batch mode the platform's; the permission sets are
/// asked for the former only.
///
/// | Call | `POST /tcb/invokecloudfunction` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002, 44002, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/scf-management/api_invokecloudfunction.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/invokeCloudFunction.html) |
///
/// ```
/// use tcb_types::cloudbase_common::InvokeFunction;
/// use tcb_types::{JsonText, Operation};
///
/// let event = JsonText::encode(&["order", "7"])?;
/// let request = InvokeFunction::new("shop-prod-1a2b3c", "login", event);
/// assert_eq!(request.body()?, br#"["order","7"]"#);
/// assert_eq!(request.query(), [("env", "shop-prod-1a2b3c".into()), ("name", "login".into())]);
/// # Ok::<(), tcb_types::EncodeError>(())
/// ```
#[doc(alias = "/tcb/invokecloudfunction")]
#[doc(alias = "invokeCloudFunction")]
#[doc(alias = "触发云函数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct InvokeFunction {
    /// The environment.
    #[serde(skip_serializing)]
    pub env: EnvId,
    /// The function.
    #[serde(skip_serializing)]
    pub name: FunctionName,
    /// What the function gets, as it is; an empty text is sent as `{}`, for the service refuses an
    /// empty body with 44002.
    #[serde(rename = "req_data", skip_serializing)]
    #[cfg_attr(feature = "schema", serde(deserialize_with = "crate::json_text::any"))]
    pub event: JsonText,
}

impl InvokeFunction {
    /// Invokes `name` in `env` with `event`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>, event: impl Into<JsonText>) -> Self {
        Self { env: env.into(), name: name.into(), event: event.into() }
    }
}

impl Operation for InvokeFunction {
    type Response = InvokeFunctionResponse;
    const SPEC: OperationSpec = OperationSpec::post("invokeCloudFunction", "/tcb/invokecloudfunction")
        .token(TokenKinds::Either)
        .permission_sets(&[49, 64])
        .response_cap(crate::operation::LARGE_ANSWER);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("env", self.env.as_str().into()), ("name", self.name.as_str().into())]
    }

    fn body(&self) -> Result<Vec<u8>, EncodeError> {
        let event = self.event.raw();
        let event = if event.trim().is_empty() { "{}" } else { event };
        Ok(event.as_bytes().to_owned())
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// What the function returned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InvokeFunctionResponse {
    /// Its result: usually JSON, but whatever it returned.
    #[serde(rename = "resp_data")]
    pub result: Option<JsonText>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn an_empty_event_is_sent_as_an_empty_object() {
        assert_eq!(InvokeFunction::new("e", "f", " ").body().unwrap(), b"{}");
    }

    #[test]
    fn a_result_that_is_no_json_is_kept() {
        let answer =
            read_response::<InvokeFunction>(br#"{"errcode":0,"resp_data":"done"}"#, &Scrubber::default())
                .unwrap();
        assert_eq!(answer.result, Some(JsonText::new("done")));
    }

    #[test]
    fn the_event_is_the_body_itself_and_the_rest_travels_in_the_url() {
        let invoke = InvokeFunction::new("e", "f", "no JSON");
        assert_eq!(invoke.query(), [("env", "e".into()), ("name", "f".into())]);
        assert_eq!(invoke.body().unwrap(), b"no JSON");
    }
}
