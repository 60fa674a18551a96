//! `POST /componenttcb/dbindex` with `action=create`

use std::borrow::Cow;

use serde::Serialize;

use crate::cloudbase_common::IndexKey;
use crate::{CollectionName, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Creates indexes of a collection.
///
/// Unlike in ordinary mode, an index cannot be made unique. The documentation disagrees with itself
/// on where `action` goes; it is sent in the URL, as all samples have it.
///
/// | Call | `POST /componenttcb/dbindex` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbindexmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbindexManage.html) |
///
/// ```
/// use tcb_types::cloudbase_batch::{CreateIndexes, IndexDirection, IndexKey, NewIndex};
///
/// let by_due = NewIndex::new("by_due", [IndexKey::new("due", IndexDirection::Ascending)]);
/// let request = CreateIndexes::new("shop-7gfwxe92", "tasks", [by_due]);
/// assert_eq!(request.indexes[0].name, "by_due");
/// ```
#[doc(alias = "/componenttcb/dbindex")]
#[doc(alias = "dbindexManage")]
#[doc(alias = "数据库索引管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateIndexes {
    #[serde(skip_serializing)]
    action: Create,
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
    /// The indexes.
    pub indexes: Vec<NewIndex>,
}

wire::constant!(Create = "create");

impl CreateIndexes {
    /// Indexes of `collection` in `env`.
    pub fn new(
        env: impl Into<EnvId>,
        collection: impl Into<CollectionName>,
        indexes: impl IntoIterator<Item = NewIndex>,
    ) -> Self {
        Self {
            action: Create::Constant,
            env: env.into(),
            collection: collection.into(),
            indexes: indexes.into_iter().collect(),
        }
    }
}

impl Operation for CreateIndexes {
    type Response = CreateIndexesResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("dbindexManage", "/componenttcb/dbindex").token(TokenKinds::Component);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The indexes are being made.
    CreateIndexesResponse
}

/// An index to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewIndex {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub keys: Vec<IndexKey>,
}

impl NewIndex {
    /// An index `name` over `keys`.
    pub fn new(name: impl Into<String>, keys: impl IntoIterator<Item = IndexKey>) -> Self {
        Self { name: name.into(), keys: keys.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudbase_common::IndexDirection;

    #[test]
    fn a_direction_is_text_and_the_action_goes_into_the_url() {
        let keys = [
            IndexKey::new("a", IndexDirection::Ascending),
            IndexKey::new("b", IndexDirection::Descending),
            IndexKey::new("c", IndexDirection::Geographic),
        ];
        let create = CreateIndexes::new("e", "c", [NewIndex::new("i", keys)]);
        let body = String::from_utf8(create.body().unwrap()).unwrap();
        for part in [r#""direction":"1""#, r#""direction":"-1""#, r#""direction":"2dsphere""#] {
            assert!(body.contains(part), "{body}");
        }
        assert!(!body.contains("action"), "{body}");
        assert_eq!(create.query(), [("action", "create".into())]);
    }
}
