//! `POST /tcb/databasecollectiondelete`

use serde::Serialize;

use crate::{CollectionName, EnvId, Operation, OperationSpec, wire};

/// Deletes a collection of the cloud database with all its records.
///
/// | Call | `POST /tcb/databasecollectiondelete` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | 40001, -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/database) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/db-management/deleteDatabaseCollection.html) |
#[doc(alias = "/tcb/databasecollectiondelete")]
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
