//! `POST /componenttcb/dbcollection` with `action=del`

use std::borrow::Cow;

use serde::Serialize;

use crate::{CollectionName, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Deletes a collection with its records.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// Not confirmed: the older page of this action could not be read; its value `del` comes from the
/// current page, which has no sample of it.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_dbcollectionmanage.html)
#[doc(alias = "dbcollectionManage")]
#[doc(alias = "数据库集合管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteCollection {
    #[serde(skip_serializing)]
    action: Delete,
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
}

wire::constant!(Delete = "del");

impl DeleteCollection {
    /// Deletes `collection` of `env`.
    pub fn new(env: impl Into<EnvId>, collection: impl Into<CollectionName>) -> Self {
        Self { action: Delete::Constant, env: env.into(), collection: collection.into() }
    }
}

impl Operation for DeleteCollection {
    type Response = DeleteCollectionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("dbcollectionManage", "/componenttcb/dbcollection").token(TokenKinds::Component);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The collection is deleted.
    DeleteCollectionResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_has_a_short_name_in_the_url() {
        assert_eq!(DeleteCollection::new("e", "c").query(), [("action", "del".into())]);
    }
}
