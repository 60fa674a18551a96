//! `POST /componenttcb/dbmodifyacl`

use serde::Serialize;

use super::AclTag;
use crate::{CollectionName, EnvId, JsonText, Operation, OperationSpec, TokenKinds, wire};

/// Sets who may read and write a collection.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/setPermission.html)
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
