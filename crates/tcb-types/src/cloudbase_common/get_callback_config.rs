//! `POST /tcb/getcallbackconfig`

use serde::{Deserialize, Serialize};

use crate::{EnvId, FunctionName, Operation, OperationSpec, wire};

/// Reads where the mini program's messages are pushed to inside the cloud.
///
/// | Call | `POST /tcb/getcallbackconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/msg-push/api_getcallbackconfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/msg-push/getCallBackConfig.html) |
#[doc(alias = "/tcb/getcallbackconfig")]
#[doc(alias = "getCallBackConfig")]
#[doc(alias = "获取消息推送配置")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetCallbackConfig {}

impl GetCallbackConfig {
    /// Asks for the configuration.
    pub fn new() -> Self {
        Self {}
    }
}

impl Operation for GetCallbackConfig {
    type Response = CallbackConfig;
    const SPEC: OperationSpec =
        OperationSpec::post("getCallBackConfig", "/tcb/getcallbackconfig").permission_sets(&[49, 64]).read();
}

/// Where messages are pushed to. [`SetCallbackConfig`](super::SetCallbackConfig) takes both parts
/// as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "CallbackConfigWire", into = "CallbackConfigWire")]
#[non_exhaustive]
pub struct CallbackConfig {
    /// Push to cloud functions, when it was ever configured.
    pub functions: Option<FunctionPush>,
    /// Push to cloud hosting, when it was ever configured.
    pub container: Option<ContainerPush>,
}

/// Push of messages to cloud functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct FunctionPush {
    /// Whether it is on. It cannot be on while push to cloud hosting is.
    #[cfg_attr(feature = "schema", serde(default = "on"))]
    pub enable: bool,
    /// Which message goes to which function.
    #[serde(rename = "callbacks")]
    pub routes: Vec<MessageRoute>,
}

impl FunctionPush {
    /// Push by these routes, switched on.
    pub fn new(routes: impl IntoIterator<Item = MessageRoute>) -> Self {
        Self { enable: true, routes: routes.into_iter().collect() }
    }

    /// Sets [`enable`](field@Self::enable).
    #[must_use]
    pub fn enable(mut self, enable: bool) -> Self {
        self.enable = enable;
        self
    }
}

/// Which function gets a kind of message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct MessageRoute {
    /// Kind of message, for example `event`, `image` or `text`.
    #[serde(rename = "msgType")]
    pub message_type: String,
    /// Kind of event, for messages of kind `event`; empty for others.
    pub event: String,
    /// Environment of the function.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "functionName")]
    pub function: FunctionName,
    /// Whether the route is on.
    #[cfg_attr(feature = "schema", serde(default = "on"))]
    pub enable: bool,
}

impl MessageRoute {
    /// Events of one kind to `function` in `env`, switched on.
    pub fn event(event: impl Into<String>, env: impl Into<EnvId>, function: impl Into<FunctionName>) -> Self {
        Self { event: event.into(), ..Self::message("event", env, function) }
    }

    /// Messages of one kind other than `event` to `function` in `env`, switched on.
    pub fn message(
        message_type: impl Into<String>,
        env: impl Into<EnvId>,
        function: impl Into<FunctionName>,
    ) -> Self {
        Self {
            message_type: message_type.into(),
            event: String::new(),
            env: env.into(),
            function: function.into(),
            enable: true,
        }
    }

    /// Sets [`enable`](field@Self::enable).
    #[must_use]
    pub fn enable(mut self, enable: bool) -> Self {
        self.enable = enable;
        self
    }
}

/// Push of messages to cloud hosting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContainerPush {
    /// Whether it is on.
    pub enable: bool,
    /// The environment.
    #[serde(rename = "qbase_env")]
    pub env: EnvId,
    /// Path that gets the messages.
    #[serde(rename = "qbase_container_path")]
    pub path: String,
    /// Form of the messages.
    #[serde(rename = "text_mode")]
    pub format: PushFormat,
}

impl ContainerPush {
    /// Push to `path` in `env`, switched on.
    pub fn new(env: impl Into<EnvId>, path: impl Into<String>, format: PushFormat) -> Self {
        Self { enable: true, env: env.into(), path: path.into(), format }
    }

    /// Sets [`enable`](field@Self::enable).
    #[must_use]
    pub fn enable(mut self, enable: bool) -> Self {
        self.enable = enable;
        self
    }
}

wire::numbered! {
    /// Form of pushed messages.
    PushFormat {
        /// JSON.
        Json = 1,
        /// XML.
        Xml = 2,
    }
}

#[cfg(feature = "schema")]
fn on() -> bool {
    true
}

/// What the wire holds. Unlike in a request, anything may be absent.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CallbackConfigWire {
    data: Option<Data>,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Data {
    function_config: Option<FunctionData>,
    container_config: Option<ContainerData>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FunctionData {
    enable: Option<bool>,
    #[serde(default, deserialize_with = "wire::list")]
    callbacks: Vec<RouteData>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RouteData {
    msg_type: Option<String>,
    event: Option<String>,
    env: Option<EnvId>,
    function_name: Option<FunctionName>,
    enable: Option<bool>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ContainerData {
    enable: Option<bool>,
    qbase_env: Option<EnvId>,
    qbase_container_path: Option<String>,
    text_mode: Option<PushFormat>,
}

impl From<CallbackConfigWire> for CallbackConfig {
    fn from(answer: CallbackConfigWire) -> Self {
        let Data { function_config, container_config } = answer.data.unwrap_or_default();
        Self { functions: function_config.map(Into::into), container: container_config.map(Into::into) }
    }
}

impl From<FunctionData> for FunctionPush {
    fn from(data: FunctionData) -> Self {
        let routes = data.callbacks.into_iter().map(Into::into).collect();
        Self { enable: data.enable.unwrap_or(true), routes }
    }
}

impl From<RouteData> for MessageRoute {
    fn from(data: RouteData) -> Self {
        Self {
            message_type: data.msg_type.unwrap_or_default(),
            event: data.event.unwrap_or_default(),
            env: data.env.unwrap_or_else(|| EnvId::new("")),
            function: data.function_name.unwrap_or_else(|| FunctionName::new("")),
            enable: data.enable.unwrap_or(true),
        }
    }
}

impl From<ContainerData> for ContainerPush {
    fn from(data: ContainerData) -> Self {
        Self {
            enable: data.enable.unwrap_or(false),
            env: data.qbase_env.unwrap_or_else(|| EnvId::new("")),
            path: data.qbase_container_path.unwrap_or_default(),
            format: data.text_mode.unwrap_or(PushFormat::Json),
        }
    }
}

impl From<CallbackConfig> for CallbackConfigWire {
    fn from(config: CallbackConfig) -> Self {
        let function_config = config.functions.map(|push| FunctionData {
            enable: Some(push.enable),
            callbacks: push.routes.into_iter().map(Into::into).collect(),
        });
        let container_config = config.container.map(|push| ContainerData {
            enable: Some(push.enable),
            qbase_env: Some(push.env),
            qbase_container_path: Some(push.path),
            text_mode: Some(push.format),
        });
        Self { data: Some(Data { function_config, container_config }) }
    }
}

impl From<MessageRoute> for RouteData {
    fn from(route: MessageRoute) -> Self {
        Self {
            msg_type: Some(route.message_type),
            event: Some(route.event),
            env: Some(route.env),
            function_name: Some(route.function),
            enable: Some(route.enable),
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CallbackConfig => CallbackConfigWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    fn read(body: &str) -> CallbackConfig {
        read_response::<GetCallbackConfig>(body.as_bytes(), &Scrubber::default()).unwrap()
    }

    #[test]
    fn what_was_never_configured_may_be_absent() {
        for body in [
            r#"{"errcode":0}"#,
            r#"{"errcode":0,"data":null}"#,
            r#"{"errcode":0,"data":{"function_config":null}}"#,
        ] {
            assert_eq!(read(body), CallbackConfig::default(), "{body}");
        }
        let config = read(
            r#"{"errcode":0,"data":{"function_config":{"callbacks":[{"msgType":"image","env":"e","functionName":"f"}]}}}"#,
        );
        assert_eq!(config.functions, Some(FunctionPush::new([MessageRoute::message("image", "e", "f")])));
        assert_eq!(config.container, None);
    }
}
