//! `POST /componenttcb/updatescfconfig`

use serde::Serialize;

use crate::cloudbase::EnvironmentVariable;
use crate::{EnvId, FunctionName, Operation, OperationSpec, Secret, TokenKinds, wire};

/// Changes the configuration of a cloud function in one environment.
///
/// This service documents no limits; the call of Tencent Cloud behind it takes 64 MB of memory or
/// 128 to 3072 MB in steps of 128, and 1 to 900 seconds. A list of environment variables replaces
/// the old one there; here this is not documented.
///
/// | Call | `POST /componenttcb/updatescfconfig` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -504001, -504002 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/scf-mgnt/api_uploadcloudfunctionconfig.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/scf-mgnt/uploadCloudFunctionConfig.html) |
///
/// ```
/// use tcb_types::cloudbase_batch::{EnvironmentVariable, UpdateFunctionConfig};
///
/// let request = UpdateFunctionConfig::new("shop-7gfwxe92", "hello")
///     .memory(256)
///     .timeout(20)
///     .variables([EnvironmentVariable::new("MODE", "live")]);
/// assert_eq!(request.memory, Some(256));
/// ```
#[doc(alias = "/componenttcb/updatescfconfig")]
#[doc(alias = "uploadCloudFunctionConfig")]
#[doc(alias = "更新云函数配置")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateFunctionConfig {
    /// The environment.
    pub env: EnvId,
    /// The function.
    #[serde(rename = "functionname")]
    pub name: FunctionName,
    /// Memory in MB. The unit is that of the sample and of Tencent Cloud.
    #[serde(rename = "memorysize", skip_serializing_if = "Option::is_none")]
    pub memory: Option<u32>,
    /// Longest run time in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// Environment variables.
    #[serde(rename = "environment_variables", skip_serializing_if = "Option::is_none")]
    pub variables: Option<Vec<EnvironmentVariable>>,
    /// Access to the public network.
    #[serde(rename = "public_net_config", skip_serializing_if = "Option::is_none")]
    pub public_network: Option<PublicNetwork>,
    /// The private network that the function is in.
    #[serde(rename = "vpc_config", skip_serializing_if = "Option::is_none")]
    pub private_network: Option<FunctionNetwork>,
}

impl UpdateFunctionConfig {
    /// Changes nothing of `name` in `env` yet.
    pub fn new(env: impl Into<EnvId>, name: impl Into<FunctionName>) -> Self {
        Self {
            env: env.into(),
            name: name.into(),
            memory: None,
            timeout: None,
            variables: None,
            public_network: None,
            private_network: None,
        }
    }

    setters! {
        memory: u32,
        timeout: u32,
        public_network: PublicNetwork,
        private_network: FunctionNetwork,
    }

    /// Sets [`variables`](field@Self::variables).
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = EnvironmentVariable>) -> Self {
        self.variables = Some(variables.into_iter().collect());
        self
    }
}

impl Operation for UpdateFunctionConfig {
    type Response = UpdateFunctionConfigResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("uploadCloudFunctionConfig", "/componenttcb/updatescfconfig")
            .token(TokenKinds::Component);

    fn secrets(&self) -> Vec<&Secret> {
        // A value such as `1` is no secret, and to cut it out would garble what the server says.
        let values = self.variables.iter().flatten().map(|variable| &variable.value);
        values.filter(|value| value.expose().len() >= 8).collect()
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The configuration is changed.
    UpdateFunctionConfigResponse
}

/// Access of a function to the public network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct PublicNetwork {
    /// Whether the function may reach it.
    #[serde(rename = "public_net_status")]
    pub access: NetworkSwitch,
    /// Whether the function uses a fixed public address.
    #[serde(rename = "eip_status")]
    pub fixed_address: NetworkSwitch,
}

impl PublicNetwork {
    /// Access or none, from a fixed address or from any.
    pub fn new(access: NetworkSwitch, fixed_address: NetworkSwitch) -> Self {
        Self { access, fixed_address }
    }
}

wire::named! {
    /// Whether a part of the network is used.
    NetworkSwitch {
        /// It is.
        Enable = "ENABLE",
        /// It is not.
        Disable = "DISABLE",
    }
}

/// A private network that a function is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct FunctionNetwork {
    /// Id of the network.
    #[serde(rename = "vpcid", skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// Id of the subnet.
    #[serde(rename = "subnetid", skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
}

impl FunctionNetwork {
    /// No network yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        vpc_id: impl Into<String>,
        subnet_id: impl Into<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_are_sent_and_not_shown() {
        let update = UpdateFunctionConfig::new("e", "f")
            .variables([EnvironmentVariable::new("KEY", "the canary"), EnvironmentVariable::new("ON", "1")]);
        let body = String::from_utf8(update.body().unwrap()).unwrap();
        assert!(body.contains(r#"{"key":"KEY","value":"the canary"}"#), "{body}");
        assert!(!format!("{update:?}").contains("canary"));
        assert_eq!(update.secrets().len(), 1);
    }
}
