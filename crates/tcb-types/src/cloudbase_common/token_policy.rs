//! `POST /tcb/usecloudaccesstoken`, whose `action` makes it two operations.

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

const SPEC: OperationSpec = OperationSpec::post("setCloudAccessToken", "/tcb/usecloudaccesstoken")
    .token(TokenKinds::Either)
    .permission_sets(&[49, 64]);

/// Reads the token policy of an environment: whether its cloud functions may call WeChat's API
/// without a secret, and which interfaces.
///
/// Ordinary mode takes the authorizer's token, batch mode the platform's. 85088: cloud development
/// is not open.
///
/// | Call | `POST /tcb/usecloudaccesstoken` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -1, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/env-mgnt/api_setcloudaccesstoken.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/setCloudAccessToken.html) |
#[doc(alias = "/tcb/usecloudaccesstoken")]
#[doc(alias = "setCloudAccessToken")]
#[doc(alias = "管理微信令牌权限")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetTokenPolicy {
    action: Get,
    /// The environment.
    pub env: EnvId,
}

wire::constant!(Get = "get");

impl GetTokenPolicy {
    /// Reads the policy of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { action: Get::Constant, env: env.into() }
    }
}

impl Operation for GetTokenPolicy {
    type Response = CloudAccessTokenPolicy;
    const SPEC: OperationSpec = SPEC.read();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// A token policy.
///
/// `open` is one switch for the whole account, on by default; the white list belongs to one
/// environment. Interfaces outside the list cannot be reached by cloud calls.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "CloudAccessTokenPolicyWire")]
#[non_exhaustive]
pub struct CloudAccessTokenPolicy {
    /// Whether the account's cloud functions may use `cloudbase_access_token`.
    pub open: Option<bool>,
    /// Paths of the interfaces that may be called; `/*` is all of them. The documentation's samples
    /// once print the name as `api_Whitelist`, which is read too.
    pub api_whitelist: Vec<String>,
    /// Version of the setting.
    pub version: Option<i64>,
}

/// What the wire holds: one of the spellings of the white list, or both.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CloudAccessTokenPolicyWire {
    open: Option<bool>,
    #[serde(default, deserialize_with = "wire::list")]
    api_whitelist: Vec<String>,
    #[serde(default, rename = "api_Whitelist", deserialize_with = "wire::list")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    misspelt: Vec<String>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    version: Option<i64>,
}

impl From<CloudAccessTokenPolicyWire> for CloudAccessTokenPolicy {
    fn from(
        CloudAccessTokenPolicyWire { open, api_whitelist, misspelt, version }: CloudAccessTokenPolicyWire,
    ) -> Self {
        let api_whitelist = if api_whitelist.is_empty() { misspelt } else { api_whitelist };
        Self { open, api_whitelist, version }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CloudAccessTokenPolicy => CloudAccessTokenPolicyWire);

/// Writes the token policy of an environment.
///
/// `open` switches the whole account, not only this environment; the white list is this
/// environment's. Interfaces outside the list cannot be reached by cloud calls, and with `open` off
/// none can.
///
/// The documentation does not say which `version` to send: presumably the one that was read, so
/// that a change in between is noticed. 40097: an argument is wrong; 85088: cloud development is
/// not open.
///
/// | Call | `POST /tcb/usecloudaccesstoken` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -1, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/env-mgnt/api_setcloudaccesstoken.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/setCloudAccessToken.html) |
#[doc(alias = "/tcb/usecloudaccesstoken")]
#[doc(alias = "setCloudAccessToken")]
#[doc(alias = "管理微信令牌权限")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetTokenPolicy {
    action: Set,
    /// The environment.
    pub env: EnvId,
    /// Whether the account's cloud functions may use `cloudbase_access_token`.
    pub open: bool,
    /// Paths of the interfaces that may be called; `/*` is all of them.
    pub api_whitelist: Vec<String>,
    /// Version of the setting.
    pub version: i64,
}

wire::constant!(Set = "set");

impl SetTokenPolicy {
    /// Sets the whole policy of `env`.
    pub fn new<P: Into<String>>(
        env: impl Into<EnvId>,
        open: bool,
        api_whitelist: impl IntoIterator<Item = P>,
        version: i64,
    ) -> Self {
        let api_whitelist = api_whitelist.into_iter().map(Into::into).collect();
        Self { action: Set::Constant, env: env.into(), open, api_whitelist, version }
    }
}

impl Operation for SetTokenPolicy {
    type Response = SetTokenPolicyResponse;
    // Not idempotent: the version may have moved on, so a repeat of a call that landed could be
    // refused and look like a failure.
    const SPEC: OperationSpec = SPEC;

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The policy is set.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetTokenPolicyResponse {
    /// The switch as it is now; the documentation promises it for reading only, its sample has it
    /// here too.
    pub open: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_misprinted_member_is_read_and_the_right_one_sent() {
        for name in ["api_whitelist", "api_Whitelist"] {
            let body = format!(r#"{{"errcode":0,"open":true,"{name}":["/*"],"version":"2"}}"#);
            let policy = read_response::<GetTokenPolicy>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(
                policy,
                CloudAccessTokenPolicy {
                    open: Some(true),
                    api_whitelist: vec!["/*".into()],
                    version: Some(2)
                }
            );
        }
        let body = SetTokenPolicy::new("e", false, ["/a"], 6).body().unwrap();
        assert_eq!(body, br#"{"action":"set","env":"e","open":false,"api_whitelist":["/a"],"version":6}"#);
    }

    #[test]
    fn reading_sends_nothing_that_only_writing_needs() {
        assert_eq!(GetTokenPolicy::new("e").body().unwrap(), br#"{"action":"get","env":"e"}"#);
    }

    #[test]
    fn the_switch_is_read_after_writing_too() {
        let read = |body: &[u8]| read_response::<SetTokenPolicy>(body, &Scrubber::default()).unwrap().open;
        assert_eq!(read(br#"{"errcode":0,"open":true}"#), Some(true));
        assert_eq!(read(br#"{"errcode":0}"#), None);
    }
}
