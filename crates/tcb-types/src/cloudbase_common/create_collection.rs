//! `POST /tcb/databasecollectionadd`

use serde::{Deserialize, Serialize};

use crate::{CollectionName, EnvId, Operation, OperationSpec};

/// Creates a collection of the cloud database.
///
/// A collection that exists already is refused, with a code that the documentation does not name; callers met −501000 with a text
/// that says so.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/db-management/addDatabaseCollection.html)
#[doc(alias = "addDatabaseCollection")]
#[doc(alias = "新增集合")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
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

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// The collection exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateCollectionResponse {}
