//! `POST /tcb/databasecollectionadd`

use serde::Serialize;

use crate::cloudbase::CreateCollectionResponse;
use crate::{CollectionName, EnvId, ErrCode, Operation, OperationSpec};

/// Creates a collection of the cloud database.
///
/// A collection that exists already is refused, with a code that the documentation does not name;
/// callers met −501000 and −501001 with a text that says so, which is an
/// [answer](CreateCollectionResponse::ExistsAlready).
///
/// | Call | `POST /tcb/databasecollectionadd` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501000, -501001 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/db-management/addDatabaseCollection.html) |
#[doc(alias = "/tcb/databasecollectionadd")]
#[doc(alias = "addDatabaseCollection")]
#[doc(alias = "新增集合")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateCollection {
    /// The environment.
    pub env: EnvId,
    /// Its name.
    #[serde(rename = "collection_name")]
    pub name: CollectionName,
}

impl CreateCollection {
    /// A collection `name` in `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<CollectionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for CreateCollection {
    type Response = CreateCollectionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("addDatabaseCollection", "/tcb/databasecollectionadd").permission_sets(&[49, 64]);

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
}
