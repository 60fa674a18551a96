//! `POST /componenttcb/dbcollection` with `action=add`

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cloudbase_common::exists_already::{self, Answer};
use crate::outcome::{self, Refusal};
use crate::{CollectionName, EnvId, ErrCode, Operation, OperationSpec, TokenKinds, wire};

/// Creates a collection.
///
/// The documentation disagrees with itself on where `action` goes; it is sent in the URL, as all samples have it. That the collection
/// exists already is an [answer](CreateCollectionResponse::ExistsAlready), told by the same texts as in ordinary mode.
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

    fn outcome(code: ErrCode, message: &str) -> Option<CreateCollectionResponse> {
        exists_already::collection(code, message).then_some(CreateCollectionResponse::ExistsAlready)
    }

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The collection after the call. Either way it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(try_from = "Answer", into = "Answer")]
#[non_exhaustive]
pub enum CreateCollectionResponse {
    /// It was created by this call.
    Created,
    /// It was there before, with whatever records it has. The cloud says so in a text, which no page documents: `ResourceExist`, "Table exist".
    ExistsAlready,
}

impl TryFrom<Answer> for CreateCollectionResponse {
    type Error = Refusal;

    fn try_from(answer: Answer) -> Result<Self, Refusal> {
        let outcome = outcome::of::<CreateCollection>(answer.errcode, &answer.errmsg)?;
        Ok(outcome.unwrap_or(Self::Created))
    }
}

impl From<CreateCollectionResponse> for Answer {
    fn from(answer: CreateCollectionResponse) -> Self {
        match answer {
            CreateCollectionResponse::Created => Self::default(),
            CreateCollectionResponse::ExistsAlready => Self::exists_already(),
        }
    }
}

#[cfg(feature = "schema")]
crate::registry::schema_of_wire!(CreateCollectionResponse => Answer);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnswerError, Scrubber, read_answer};

    #[test]
    fn a_collection_that_exists_is_an_answer_and_a_missing_environment_is_an_error() {
        let read = |body: &str| read_answer::<CreateCollection>(body.as_bytes(), &Scrubber::default());
        assert_eq!(read(r#"{"errcode":0,"errmsg":"ok"}"#).unwrap(), CreateCollectionResponse::Created);
        let exists =
            r#"{"errcode":-501000,"errmsg":"[ResourceUnavailable.ResourceExist] Table exist rid: 1-2-3"}"#;
        assert_eq!(read(exists).unwrap(), CreateCollectionResponse::ExistsAlready);
        for text in ["Environment not found", ""] {
            let refused = read(&format!(r#"{{"errcode":-501000,"errmsg":"{text}"}}"#));
            let Err(AnswerError::Api(error)) = refused else { panic!("{text}") };
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
