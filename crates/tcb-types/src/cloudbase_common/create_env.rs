//! `POST /tcb/createenvandresource`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec, wire};

/// Creates a cloud environment at the mini program's expense.
///
/// It is never repeated automatically: a repeat may create a second billed environment. The answer
/// comes before the resources are there; use the environment when [`ListEnvs`](super::ListEnvs)
/// shows it as usable. Cloud development has to be open, else the service answers 85088.
///
/// The call replaces an older one that took `env` and `alias`. From inside cloud functions the same
/// exists as the cloud call `openapi.tcb.createenvandresource`, which is not HTTPS and so not part
/// of this SDK.
///
/// | Call | `POST /tcb/createenvandresource` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40101, 41001, 42001, 43002, 40001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/env-management/createEnv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/env-management/createEnv.html) |
///
/// ```
/// use tcb_types::Operation;
/// use tcb_types::cloudbase_common::CreateEnv;
///
/// let body = CreateEnv::postpaid("shop-prod").body().unwrap();
/// assert_eq!(body, br#"{"type":"CreatePostpayPackage","alias":"shop-prod"}"#);
/// ```
#[doc(alias = "/tcb/createenvandresource")]
#[doc(alias = "createEnv")]
#[doc(alias = "创建云环境")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateEnv {
    /// Kind of package.
    #[serde(rename = "type")]
    pub package: EnvPackage,
    /// Name of the environment. Whether two may share one is not documented.
    pub alias: String,
}

impl CreateEnv {
    /// An environment named `alias` that is paid by use, the only documented kind.
    pub fn postpaid(alias: impl Into<String>) -> Self {
        Self { package: EnvPackage::Postpaid, alias: alias.into() }
    }
}

impl Operation for CreateEnv {
    type Response = CreateEnvResponse;
    const SPEC: OperationSpec = OperationSpec::post("createEnv", "/tcb/createenvandresource")
        .permission_sets(&[49, 64])
        .required_in_response(&["envid"]);
}

wire::named! {
    /// How an environment is paid for.
    EnvPackage {
        /// By use.
        Postpaid = "CreatePostpayPackage",
    }
}

/// The new environment.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "CreateEnvResponseWire")]
#[non_exhaustive]
pub struct CreateEnvResponse {
    /// Its id, which the wire calls `envid` here and `env` everywhere else.
    #[serde(rename = "envid")]
    pub id: EnvId,
}

impl CreateEnvResponse {
    /// The answer for an environment with this id, as a probe or a mock returns it.
    pub fn new(id: impl Into<EnvId>) -> Self {
        Self { id: id.into() }
    }
}

/// What the wire holds: an older answer of the same path has a `status` and no id.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CreateEnvResponseWire {
    #[cfg_attr(feature = "schema", schemars(required))]
    envid: Option<EnvId>,
    #[cfg_attr(feature = "schema", schemars(skip))]
    status: Option<serde::de::IgnoredAny>,
}

impl TryFrom<CreateEnvResponseWire> for CreateEnvResponse {
    type Error = &'static str;

    // The reader of answers shows what comes after "expected".
    fn try_from(answer: CreateEnvResponseWire) -> Result<Self, &'static str> {
        match answer {
            CreateEnvResponseWire { envid: Some(id), .. } => Ok(Self { id }),
            CreateEnvResponseWire { status: Some(_), .. } => {
                Err("an older answer, expected `envid`; this older form of the answer says that an \
                 environment is being made, but not its id: list the environments and find it by its alias")
            }
            CreateEnvResponseWire { .. } => Err("another answer, expected `envid`"),
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(CreateEnvResponse => CreateEnvResponseWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_id_goes_by_a_name_of_its_own_and_has_to_be_there() {
        let read = |body: &[u8]| read_response::<CreateEnv>(body, &Scrubber::default());
        assert_eq!(read(br#"{"errcode":0,"envid":"shop-1"}"#).unwrap().id, "shop-1");
        let error = |body| read(body).unwrap_err().to_string();
        let missing = error(br#"{"errcode":0,"errmsg":"ok"}"#);
        assert!(missing.contains("expected `envid` ("), "{missing}");
        let older = error(br#"{"errcode":0,"errmsg":"ok","status":"INITIALIZING"}"#);
        assert!(
            older.contains("an environment is being made, but not its id: list the environments"),
            "{older}"
        );
        let empty = error(br#"{"errcode":0,"errmsg":"ok","envid":""}"#);
        assert!(empty.contains("at `envid`"), "{empty}");
    }
}
