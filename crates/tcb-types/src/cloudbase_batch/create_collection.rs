//! `POST /componenttcb/dbcollection` with `action=add`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{CollectionName, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Creates a collection.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all samples have it.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_dbcollectionmanage.html)
#[doc(alias = "dbcollectionManage")]
#[doc(alias = "数据库集合管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateCollection {
    #[serde(skip_serializing)]
    action: Add,
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
}

wire::constant!(Add = "add");

impl CreateCollection {
    /// A collection `collection` in `env`.
    pub fn new(env: impl Into<EnvId>, collection: impl Into<CollectionName>) -> Self {
        Self { action: Add::Constant, env: env.into(), collection: collection.into() }
    }
}

impl Operation for CreateCollection {
    type Response = CreateCollectionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("dbcollectionManage", "/componenttcb/dbcollection").token(TokenKinds::Component);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The collection exists.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateCollectionResponse {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_goes_into_the_url_and_not_into_the_body() {
        let create = CreateCollection::new("e", "c");
        assert_eq!(create.query(), [("action", "add".into())]);
        assert_eq!(create.body().unwrap(), br#"{"env":"e","collection_name":"c"}"#);
    }
}
