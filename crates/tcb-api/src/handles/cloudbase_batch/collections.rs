use tcb_types::cloudbase_batch::{
    AclTag, CollectionPermission, CreateCollection, CreateCollectionResponse, CreateIndexes,
    CreateIndexesResponse, DeleteCollection, DeleteCollectionResponse, DeleteIndexes, DeleteIndexesResponse,
    GetCollectionPermission, ListCollections, ListCollectionsResponse, NewIndex, SetCollectionPermission,
    SetCollectionPermissionResponse,
};
use tcb_types::{CollectionName, EnvId, JsonText};

handle! {
    /// The collections of a cloud database. Made by
    /// [`Database::collections`](super::Database::collections).
    pub struct Collections { env: EnvId }

    /// Creates a collection.
    fn create(&self, name: impl Into<CollectionName> + Send) -> CreateCollectionResponse {
        CreateCollection::new(&self.env, name)
    }

    /// Lists the first collections.
    fn list(&self) -> ListCollectionsResponse { ListCollections::new(&self.env) }

    /// Deletes a collection with its records.
    fn delete(&self, name: impl Into<CollectionName> + Send) -> DeleteCollectionResponse {
        DeleteCollection::new(&self.env, name)
    }

    /// Creates indexes of a collection.
    fn create_indexes(
        &self,
        collection: impl Into<CollectionName> + Send,
        indexes: impl IntoIterator<Item = NewIndex> + Send,
    ) -> CreateIndexesResponse {
        CreateIndexes::new(&self.env, collection, indexes)
    }

    /// Deletes the indexes `names` of a collection.
    fn delete_indexes(
        &self,
        collection: impl Into<CollectionName> + Send,
        names: impl IntoIterator<Item = impl Into<String>> + Send,
    ) -> DeleteIndexesResponse {
        DeleteIndexes::new(&self.env, collection, names)
    }

    /// Reads who may read and write a collection.
    fn permission(&self, collection: impl Into<CollectionName> + Send) -> CollectionPermission {
        GetCollectionPermission::new(&self.env, collection)
    }

    /// Sets who may read and write a collection.
    fn set_permission(
        &self,
        collection: impl Into<CollectionName> + Send,
        tag: AclTag,
    ) -> SetCollectionPermissionResponse {
        SetCollectionPermission::new(&self.env, collection, tag)
    }

    /// Sets who may read and write a collection by a custom rule.
    fn set_custom_permission(
        &self,
        collection: impl Into<CollectionName> + Send,
        rule: impl Into<JsonText> + Send,
    ) -> SetCollectionPermissionResponse {
        SetCollectionPermission::custom(&self.env, collection, rule)
    }
}

streams! { Collections:
    /// All collections.
    fn stream(&self) { ListCollections::new(&self.env) }
}
