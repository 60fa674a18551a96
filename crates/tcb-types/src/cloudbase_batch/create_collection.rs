//! `POST /componenttcb/dbcollection` with `action=add`

use std::borrow::Cow;

use serde::Serialize;

use crate::cloudbase::CreateCollectionResponse;
use crate::{CollectionName, EnvId, ErrCode, Operation, OperationSpec, TokenKinds, wire};

/// Creates a collection.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all
/// samples have it. That the collection exists already is an
/// [answer](CreateCollectionResponse::ExistsAlready), told by the same texts as in ordinary mode.
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

    fn outcome(code: ErrCode, message: &str) -> Option<CreateCollectionResponse> {
        CreateCollectionResponse::of(code, message)
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseError, Scrubber, read_response};

    #[test]
    fn a_collection_that_exists_is_an_answer_and_a_missing_environment_is_an_error() {
        let read = |body: &str| read_response::<CreateCollection>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":0,"errmsg":"ok"}"#).unwrap(), CreateCollectionResponse::Created);
        let exists =
            r#"{"errcode":-501000,"errmsg":"[ResourceUnavailable.ResourceExist] Table exist rid: 1-2-3"}"#;
        assert_eq!(read(exists).unwrap(), CreateCollectionResponse::ExistsAlready);
        for text in ["Environment not found", ""] {
            let refused = read(&format!(r#"{{"errcode":-501000,"errmsg":"{text}"}}"#));
            let Err(ResponseError::Api(error)) = refused else { panic!("{text}") };
            assert_eq!(error.code(), ErrCode::CLOUD_RESOURCE);
        }
    }

    #[test]
    fn the_action_goes_into_the_url_and_not_into_the_body() {
        let create = CreateCollection::new("e", "c");
        assert_eq!(create.query(), [("action", "add".into())]);
        assert_eq!(create.body().unwrap(), br#"{"env":"e","collection_name":"c"}"#);
    }
}
