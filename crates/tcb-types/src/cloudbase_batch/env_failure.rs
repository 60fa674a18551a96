//! The failure that calls for several environments have in common.

use serde::Deserialize;

use crate::EnvId;

/// An environment in which a call for several environments failed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EnvFailure {
    /// The environment.
    pub env: Option<EnvId>,
    /// Why. Some calls spell the member `errmsg`, others `errormsg`; both are read.
    #[serde(default, rename = "errmsg", alias = "errormsg", deserialize_with = "crate::partial::reason")]
    pub message: Option<String>,
}

impl EnvFailure {
    /// The failure of `env`, for `reason`, as a probe or a mock returns it.
    pub fn new(env: impl Into<EnvId>, reason: impl Into<String>) -> Self {
        Self { env: Some(env.into()), message: Some(reason.into()) }
    }
}

/// The form of [`EnvFailure`] in calls that spell the reason `errormsg`.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct WithErrormsg {
    env: Option<EnvId>,
    errormsg: Option<String>,
}
