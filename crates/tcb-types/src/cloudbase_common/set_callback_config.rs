//! `POST /tcb/setcallbackconfig`

use serde::Serialize;

use super::{ContainerPush, FunctionPush};
use crate::{Operation, OperationSpec, wire};

/// Writes where the mini program's messages are pushed to inside the cloud.
///
/// A part that is left out stays as it is. Push to cloud functions cannot be switched on while push
/// to cloud hosting is on.
///
/// | Call | `POST /tcb/setcallbackconfig` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/msg-push/api_setcallbackconfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/msg-push/setCallBackConfig.html) |
///
/// ```
/// use tcb_types::cloudbase_common::{FunctionPush, MessageRoute, SetCallbackConfig};
///
/// let route = MessageRoute::event("user_enter_tempsession", "shop-prod-1a2b3c", "callback");
/// let request = SetCallbackConfig::new().functions(FunctionPush::new([route]));
/// assert!(request.container.is_none());
/// ```
#[doc(alias = "/tcb/setcallbackconfig")]
#[doc(alias = "setCallBackConfig")]
#[doc(alias = "上传消息推送配置")]
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetCallbackConfig {
    /// Push to cloud functions. Newer tables require the members that have defaults, so all are
    /// sent.
    #[serde(rename = "function_config", skip_serializing_if = "Option::is_none")]
    pub functions: Option<FunctionPush>,
    /// Push to cloud hosting.
    #[serde(rename = "container_config", skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerPush>,
}

impl SetCallbackConfig {
    /// No change yet.
    pub fn new() -> Self {
        Self { functions: None, container: None }
    }

    setters! {
        functions: FunctionPush,
        container: ContainerPush,
    }
}

impl Operation for SetCallbackConfig {
    type Response = SetCallbackConfigResponse;
    // Idempotent: a part that is sent replaces the old one as a whole, so a repeat writes the same.
    const SPEC: OperationSpec = OperationSpec::post("setCallBackConfig", "/tcb/setcallbackconfig")
        .permission_sets(&[49, 64])
        .idempotent();
}

wire::empty! {
    /// The configuration is written.
    SetCallbackConfigResponse
}

#[cfg(test)]
mod tests {
    use super::super::{ContainerPush, MessageRoute, PushFormat};
    use super::*;

    #[test]
    fn switches_are_always_sent_and_a_part_only_when_it_is_meant() {
        let functions = FunctionPush::new([MessageRoute::message("image", "e", "f").enable(false)]);
        let body = SetCallbackConfig::new().functions(functions).body().unwrap();
        let sent = r#"{"function_config":{"enable":true,"callbacks":[{"msgType":"image","event":"","env":"e","functionName":"f","enable":false}]}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
        let container = ContainerPush::new("e", "/", PushFormat::Xml).enable(false);
        let body = SetCallbackConfig::new().container(container).body().unwrap();
        let sent = r#"{"container_config":{"enable":false,"qbase_env":"e","qbase_container_path":"/","text_mode":2}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
    }
}
