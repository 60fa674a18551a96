use tcb_types::cloudbase_common::{
    CreateCollection, CreateCollectionResponse, DeleteCollection, DeleteCollectionResponse, ListCollections,
    ListCollectionsResponse, NewIndex, UpdateIndexes, UpdateIndexesResponse,
};
use tcb_types::{CollectionName, EnvId};

handle! {
    /// The collections of a cloud database. Made by
    /// [`Database::collections`](super::Database::collections).
    ///
    /// Several indexes are changed at once with [`UpdateIndexes`].
    pub struct Collections { env: EnvId }

    /// Creates a collection.
    fn create(&self, name: impl Into<CollectionName> + Send) -> CreateCollectionResponse {
        CreateCollection::new(&self.env, name)
    }

    /// Lists the first collections.
    fn list(&self) -> ListCollectionsResponse { ListCollections::new(&self.env) }

    /// Deletes a collection with all its records.
    fn delete(&self, name: impl Into<CollectionName> + Send) -> DeleteCollectionResponse {
        DeleteCollection::new(&self.env, name)
    }

    /// Adds an index to a collection.
    fn create_index(
        &self,
        collection: impl Into<CollectionName> + Send,
        index: NewIndex,
    ) -> UpdateIndexesResponse {
        UpdateIndexes::new(&self.env, collection).create(index)
    }

    /// Drops the index `name` of a collection.
    fn drop_index(
        &self,
        collection: impl Into<CollectionName> + Send,
        name: impl Into<String> + Send,
    ) -> UpdateIndexesResponse {
        UpdateIndexes::new(&self.env, collection).drop(name)
    }
}

streams! { Collections:
    /// All collections.
    fn stream(&self) { ListCollections::new(&self.env) }
}
