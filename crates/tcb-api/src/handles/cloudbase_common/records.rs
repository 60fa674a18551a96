use tcb_types::cloudbase_common::{
    AggregateRecords, AggregateRecordsResponse, CountRecords, CountRecordsResponse, CreateRecords,
    CreateRecordsResponse, DeleteRecords, DeleteRecordsResponse, ExportRecords, ExportRecordsResponse,
    FileFormat, GetMigrationState, ImportRecords, ImportRecordsResponse, MigrationState, QueryRecords,
    QueryRecordsResponse, UpdateRecords, UpdateRecordsResponse,
};
use tcb_types::{CollectionName, EnvId, JobId};

handle! {
    /// The records of a cloud database. Made by [`Database::records`](super::Database::records).
    ///
    /// Statements are JavaScript text in the syntax of the cloud database, `db.collection(…)…`.
    pub struct Records { env: EnvId }

    /// Queries records; the statement ends in `get()`. Its `skip(…)` and `limit(…)` choose the
    /// page.
    fn query(&self, statement: impl Into<String> + Send) -> QueryRecordsResponse {
        QueryRecords::new(&self.env, statement)
    }

    /// Counts records; the statement ends in `count()`.
    fn count(&self, statement: impl Into<String> + Send) -> CountRecordsResponse {
        CountRecords::new(&self.env, statement)
    }

    /// Aggregates records; the statement ends in `end()`.
    fn aggregate(&self, statement: impl Into<String> + Send) -> AggregateRecordsResponse {
        AggregateRecords::new(&self.env, statement)
    }

    /// Inserts records; the statement ends in `add(…)`.
    fn create(&self, statement: impl Into<String> + Send) -> CreateRecordsResponse {
        CreateRecords::new(&self.env, statement)
    }

    /// Updates records; the statement ends in `update(…)` or `set(…)`.
    fn update(&self, statement: impl Into<String> + Send) -> UpdateRecordsResponse {
        UpdateRecords::new(&self.env, statement)
    }

    /// Deletes records; the statement ends in `remove()`.
    fn delete(&self, statement: impl Into<String> + Send) -> DeleteRecordsResponse {
        DeleteRecords::new(&self.env, statement)
    }

    /// Starts an import of the file at `file_path` into `collection`.
    fn import(
        &self,
        collection: impl Into<CollectionName> + Send,
        file_path: impl Into<String> + Send,
        format: FileFormat,
    ) -> ImportRecordsResponse {
        ImportRecords::new(&self.env, collection, file_path, format)
    }

    /// Starts an export of what `statement` matches into the file at `file_path`.
    fn export(
        &self,
        statement: impl Into<String> + Send,
        file_path: impl Into<String> + Send,
        format: FileFormat,
    ) -> ExportRecordsResponse {
        ExportRecords::new(&self.env, statement, file_path, format)
    }

    /// Reads how far an import or export is.
    fn migration_state(&self, job_id: JobId) -> MigrationState { GetMigrationState::new(&self.env, job_id) }
}
