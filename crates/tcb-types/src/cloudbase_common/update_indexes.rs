//! `POST /tcb/updateindex`

use serde::Serialize;

use crate::{CollectionName, EnvId, Operation, OperationSpec, wire};

/// Adds indexes to a collection of the cloud database, and drops others.
///
/// | Call | `POST /tcb/updateindex` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/database) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/updateDatabaseIndex.html) |
///
/// ```
/// use tcb_types::cloudbase_common::{IndexDirection, IndexKey, NewIndex, UpdateIndexes};
///
/// let by_age = NewIndex::new("by_age", [IndexKey::new("age", IndexDirection::Descending)]);
/// let request = UpdateIndexes::new("shop-prod-1a2b3c", "users").create(by_age).drop("by_name");
/// assert_eq!(request.drop_indexes[0].name, "by_name");
/// ```
#[doc(alias = "/tcb/updateindex")]
#[doc(alias = "updateDatabaseIndex")]
#[doc(alias = "更新数据库索引")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdateIndexes {
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
    /// Indexes to add. An empty list is sent too, for the service asks for it.
    pub create_indexes: Vec<NewIndex>,
    /// Indexes to drop. An empty list is sent too, for the service asks for it.
    pub drop_indexes: Vec<DroppedIndex>,
}

impl UpdateIndexes {
    /// No change yet, of `collection` in `env`.
    pub fn new(env: impl Into<EnvId>, collection: impl Into<CollectionName>) -> Self {
        Self {
            env: env.into(),
            collection: collection.into(),
            create_indexes: Vec::new(),
            drop_indexes: Vec::new(),
        }
    }

    /// Adds this index too.
    #[must_use]
    pub fn create(mut self, index: NewIndex) -> Self {
        self.create_indexes.push(index);
        self
    }

    /// Drops the index of this name too.
    #[must_use]
    pub fn drop(mut self, name: impl Into<String>) -> Self {
        self.drop_indexes.push(DroppedIndex::new(name));
        self
    }
}

impl Operation for UpdateIndexes {
    type Response = UpdateIndexesResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("updateDatabaseIndex", "/tcb/updateindex").permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// An index to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewIndex {
    /// Its name.
    pub name: String,
    /// Whether no two records may agree in all its fields.
    pub unique: bool,
    /// Its fields.
    pub keys: Vec<IndexKey>,
}

impl NewIndex {
    /// An index `name` over `keys`, which records may agree in.
    pub fn new(name: impl Into<String>, keys: impl IntoIterator<Item = IndexKey>) -> Self {
        Self { name: name.into(), unique: false, keys: keys.into_iter().collect() }
    }

    /// No two records may agree in all its fields.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
}

/// A field of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct IndexKey {
    /// Name of the field.
    pub name: String,
    /// Its order.
    pub direction: IndexDirection,
}

impl IndexKey {
    /// The field `name`, in this order.
    pub fn new(name: impl Into<String>, direction: IndexDirection) -> Self {
        Self { name: name.into(), direction }
    }
}

wire::named! {
    /// Order of a field in an index. It is text on the wire, also where it is a number.
    IndexDirection {
        /// From small to great.
        Ascending = "1",
        /// From great to small.
        Descending = "-1",
        /// By place on the globe.
        Geographic = "2dsphere",
    }
}

/// An index to drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DroppedIndex {
    /// Its name.
    pub name: String,
}

impl DroppedIndex {
    /// The index `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

wire::empty! {
    /// The indexes are changed, or being changed.
    UpdateIndexesResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_text_and_empty_lists_are_sent() {
        let body = UpdateIndexes::new("e", "c").body().unwrap();
        assert_eq!(body, br#"{"env":"e","collection_name":"c","create_indexes":[],"drop_indexes":[]}"#);
        for (direction, text) in [
            (IndexDirection::Ascending, r#""1""#),
            (IndexDirection::Descending, r#""-1""#),
            (IndexDirection::Geographic, r#""2dsphere""#),
        ] {
            assert_eq!(serde_json::to_string(&direction).unwrap(), text);
        }
    }
}
