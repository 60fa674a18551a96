//! `POST /componenttcb/dbmodifyacl`

use serde::Serialize;

use super::AclTag;
use crate::{CollectionName, EnvId, JsonText, Operation, OperationSpec, TokenKinds, wire};

/// Sets who may read and write a collection.
///
/// | Call | `POST /componenttcb/dbmodifyacl` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it is idempotent |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/setPermission.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/setPermission.html) |
#[doc(alias = "/componenttcb/dbmodifyacl")]
#[doc(alias = "setPermission")]
#[doc(alias = "修改数据库操作权限")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetCollectionPermission {
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
    /// The permission.
    #[serde(rename = "acl_tag")]
    pub tag: AclTag,
    /// The rule. It is documented as required for every permission but has a meaning for
    /// [`Custom`](AclTag::Custom) only, so it is sent empty with the others.
    pub rule: JsonText,
}

impl SetCollectionPermission {
    /// `tag` for `collection` in `env`, without a rule.
    pub fn new(env: impl Into<EnvId>, collection: impl Into<CollectionName>, tag: AclTag) -> Self {
        Self { env: env.into(), collection: collection.into(), tag, rule: JsonText::new("") }
    }

    /// A permission by `rule`.
    pub fn custom(
        env: impl Into<EnvId>,
        collection: impl Into<CollectionName>,
        rule: impl Into<JsonText>,
    ) -> Self {
        Self { env: env.into(), collection: collection.into(), tag: AclTag::Custom, rule: rule.into() }
    }
}

impl Operation for SetCollectionPermission {
    type Response = SetCollectionPermissionResponse;
    // The permission is written whole: a repeat writes the same.
    const SPEC: OperationSpec = OperationSpec::post("setPermission", "/componenttcb/dbmodifyacl")
        .token(TokenKinds::Component)
        .idempotent();

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The permission is set.
    SetCollectionPermissionResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_sent_with_a_custom_permission_and_empty_with_another() {
        let body = SetCollectionPermission::new("e", "c", AclTag::ReadOnly).body().unwrap();
        assert_eq!(body, br#"{"env":"e","collection_name":"c","acl_tag":"READONLY","rule":""}"#);
        let body = SetCollectionPermission::custom("e", "c", r#"{"read":true}"#).body().unwrap();
        let expected = br#"{"env":"e","collection_name":"c","acl_tag":"CUSTOM","rule":"{\"read\":true}"}"#;
        assert_eq!(body, expected);
    }
}
