//! `POST /tcb/databasecollectiondelete`

use serde::Serialize;

use crate::{CollectionName, EnvId, Operation, OperationSpec, wire};

/// Deletes a collection of the cloud database with all its records.
///
/// [Documentation](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/deleteDatabaseCollection.html)
#[doc(alias = "deleteDatabaseCollection")]
#[doc(alias = "删除集合")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteCollection {
    /// The environment.
    pub env: EnvId,
    /// Its name.
    #[serde(rename = "collection_name")]
    pub name: CollectionName,
}

impl DeleteCollection {
    /// The collection `name` of `env`.
    pub fn new(env: impl Into<EnvId>, name: impl Into<CollectionName>) -> Self {
        Self { env: env.into(), name: name.into() }
    }
}

impl Operation for DeleteCollection {
    type Response = DeleteCollectionResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("deleteDatabaseCollection", "/tcb/databasecollectiondelete")
            .permission_sets(&[49, 64]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

wire::empty! {
    /// The collection is gone.
    DeleteCollectionResponse
}
