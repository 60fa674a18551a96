//! `POST /componenttcb/dbcollection` with `action=get`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cloudbase_common::Collection;
use crate::{EnvId, Operation, OperationSpec, TokenKinds, wire};

/// Lists the collections of an environment, a page at a time.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it.
///
/// | Call | `POST /componenttcb/dbcollection` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009, -502001, -502002, -502003, -502005, -502010, -502011, -502012, -502013, -502014, -502015 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/db-management/api_dbcollectionmanage.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/dbcollectionManage.html) |
#[doc(alias = "/componenttcb/dbcollection")]
#[doc(alias = "dbcollectionManage")]
#[doc(alias = "数据库集合管理")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCollections {
    #[serde(skip_serializing)]
    action: Get,
    /// The environment.
    pub env: EnvId,
    /// How many collections to list; 20 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many collections to skip; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

wire::constant!(Get = "get");

impl ListCollections {
    /// The first collections of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { action: Get::Constant, env: env.into(), limit: None, offset: None }
    }

    setters! {
        limit: u32,
        offset: u64,
    }
}

impl Operation for ListCollections {
    type Response = ListCollectionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("dbcollectionManage", "/componenttcb/dbcollection")
        .token(TokenKinds::Component)
        .read()
        .required_in_response(&["collections.name"]);

    fn query(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("action", self.action.into())]
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of collections.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCollectionsResponse {
    /// The page.
    #[serde(default, deserialize_with = "wire::list")]
    pub collections: Vec<Collection>,
    /// Number of collections.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn listing_names_no_collection_and_its_total_stands_beside_the_list() {
        let list = ListCollections::new("e").limit(5);
        assert_eq!(list.query(), [("action", "get".into())]);
        assert_eq!(list.body().unwrap(), br#"{"env":"e","limit":5}"#);
        let answer =
            read_response::<ListCollections>(br#"{"errcode":0,"total":1}"#, &Scrubber::default()).unwrap();
        assert_eq!(answer.total, Some(1));
    }
}
