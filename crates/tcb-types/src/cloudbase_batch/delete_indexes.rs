//! `POST /componenttcb/dbindex` with `action=delete`

use std::borrow::Cow;

use serde::Serialize;

use crate::{CollectionName, EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Deletes indexes of a collection.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// | Call | `POST /componenttcb/dbindex` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/db-mgnt/api_dbindexmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/db-mgnt/dbindexManage.html) |
#[doc(alias = "/componenttcb/dbindex")]
#[doc(alias = "dbindexManage")]
#[doc(alias = "数据库索引管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteIndexes {
    #[serde(skip_serializing)]
    action: Delete,
    /// The environment.
    pub env: EnvId,
    /// The collection.
    #[serde(rename = "collection_name")]
    pub collection: CollectionName,
    /// The indexes.
    pub indexes: Vec<IndexName>,
}

wire::constant!(Delete = "delete");

impl DeleteIndexes {
    /// Deletes the indexes with these names from `collection` in `env`.
    pub fn new<N: Into<String>>(
        env: impl Into<EnvId>,
        collection: impl Into<CollectionName>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let indexes = names.into_iter().map(|name| IndexName { name: name.into() }).collect();
        Self { action: Delete::Constant, env: env.into(), collection: collection.into(), indexes }
    }
}

impl Operation for DeleteIndexes {
    type Response = DeleteIndexesResponse;
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
    /// The indexes are deleted.
    DeleteIndexesResponse
}

/// An index to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct IndexName {
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_sends_names_only() {
        let delete = DeleteIndexes::new("e", "c", ["due_index"]);
        let body = delete.body().unwrap();
        assert_eq!(body, br#"{"env":"e","collection_name":"c","indexes":[{"name":"due_index"}]}"#);
        assert_eq!(delete.query(), [("action", "delete".into())]);
    }
}
