//! `POST /componenttcb/dbgetacl`

use serde::{Deserialize, Serialize};

use crate::{CollectionName, EnvId, JsonText, Operation, OperationSpec, TokenKinds, wire};

/// Reads who may read and write a collection.
///
/// | Call | `POST /componenttcb/dbgetacl` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_getpermission.html) |
#[doc(alias = "/componenttcb/dbgetacl")]
#[doc(alias = "getPermission")]
#[doc(alias = "获取数据库操作权限")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetCollectionPermission {
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
}

impl GetCollectionPermission {
    /// The permission of `collection` in `env`.
    pub fn new(env: impl Into<EnvId>, collection: impl Into<CollectionName>) -> Self {
        Self { env: env.into(), collection: collection.into() }
    }
}

impl Operation for GetCollectionPermission {
    type Response = CollectionPermission;
    const SPEC: OperationSpec = OperationSpec::post("getPermission", "/componenttcb/dbgetacl")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["acl_tag"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// Permission of a collection. What the tags mean in full is known from Tencent Cloud's page of the
/// call behind this one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CollectionPermission {
    /// The permission.
    #[serde(rename = "acl_tag")]
    pub tag: AclTag,
    /// The rule, when the permission is [`Custom`](AclTag::Custom). Whether others come with one is
    /// not documented.
    pub rule: Option<JsonText>,
}

wire::named! {
    /// Who may read and write a collection.
    AclTag {
        /// Everyone reads; the creator of a record and administrators write.
        ReadOnly = "READONLY",
        /// Only the creator of a record and administrators read and write.
        Private = "PRIVATE",
        /// Everyone reads; only administrators write.
        AdminWrite = "ADMINWRITE",
        /// Only administrators read and write.
        AdminOnly = "ADMINONLY",
        /// By a rule.
        Custom = "CUSTOM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_permission_may_come_without_a_rule() {
        let body = br#"{"errcode":0,"acl_tag":"ADMINWRITE"}"#;
        let permission = read_response::<GetCollectionPermission>(body, &Scrubber::default()).unwrap();
        assert_eq!((permission.tag, permission.rule), (AclTag::AdminWrite, None));
    }
}
