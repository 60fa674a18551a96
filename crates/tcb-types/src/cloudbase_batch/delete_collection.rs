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
/// | Call | `POST /componenttcb/dbcollection` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_dbcollectionmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/dbcollectionManage.html) |
#[doc(alias = "/componenttcb/dbcollection")]
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
