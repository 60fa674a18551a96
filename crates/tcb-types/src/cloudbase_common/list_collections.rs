//! `POST /tcb/databasecollectionget`

use serde::{Deserialize, Serialize};

use super::RecordPager;
use crate::{CollectionName, EnvId, Operation, OperationSpec, wire};

/// Lists the collections of an environment, a page at a time.
///
/// Not confirmed: no page of this operation was read. Its facts are those of four clients that
/// agree (`fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`, `JeffreySu/WeiXinMPSDK`,
/// `binarywang/WxJava`, `dowsorg/dows-sdk`), the path also that of the mini program documentation.
///
/// | Call | `POST /tcb/databasecollectionget` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/db-management/getDatabaseCollection.html) |
#[doc(alias = "/tcb/databasecollectionget")]
#[doc(alias = "getDatabaseCollection")]
#[doc(alias = "获取集合信息")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCollections {
    /// The environment.
    pub env: EnvId,
    /// How many collections to list; presumably 10 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many collections to skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl ListCollections {
    /// The first collections of `env`.
    pub fn new(env: impl Into<EnvId>) -> Self {
        Self { env: env.into(), limit: None, offset: None }
    }

    setters! {
        limit: u32,
        offset: u64,
    }
}

impl Operation for ListCollections {
    type Response = ListCollectionsResponse;
    const SPEC: OperationSpec = OperationSpec::post("getDatabaseCollection", "/tcb/databasecollectionget")
        .permission_sets(&[49, 64])
        .read()
        .required_in_response(&["collections.name"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// One page of collections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListCollectionsResponse {
    /// The page.
    #[serde(default, deserialize_with = "wire::list")]
    pub collections: Vec<Collection>,
    /// Where the page stands among all collections.
    pub pager: Option<RecordPager>,
}

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Collection {
    /// Its name.
    pub name: CollectionName,
    /// Number of its records.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub count: Option<u64>,
    /// Size of its records, in bytes.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub size: Option<u64>,
    /// Number of its indexes.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub index_count: Option<u64>,
    /// Size of its indexes, in bytes.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub index_size: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn both_spellings_of_the_pager_are_read() {
        for pager in [r#"{"Offset":1,"Limit":10,"Total":2}"#, r#"{"offset":1,"limit":10,"total":2}"#] {
            let body = format!(r#"{{"errcode":0,"pager":{pager}}}"#);
            let answer = read_response::<ListCollections>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!(
                answer.pager,
                Some(RecordPager { offset: Some(1), limit: Some(10), total: Some(2) }),
                "{pager}"
            );
        }
    }
}
