//! Family `cloudbase-batch`: batch cloud development, where environments belong to the platform and
//! are shared with mini programs. Every call takes the platform's own token.

mod aggregate_records;
mod create_collection;
mod create_container_hosting;
mod create_container_service;
mod create_container_service_version;
mod create_container_service_versions;
mod create_env;
mod create_env_shares;
mod create_function_in_envs;
mod create_indexes;
mod create_records;
mod create_static_site;
mod delete_collection;
mod delete_container_service;
mod delete_container_service_version;
mod delete_container_service_versions;
mod delete_env_shares;
mod delete_files;
mod delete_function;
mod delete_indexes;
mod delete_records;
mod env_failure;
mod export_records;
mod get_collection_permission;
mod get_container_service_version;
mod get_download_links;
mod get_migration_state;
mod get_static_upload_link;
mod get_upload_link;
mod import_records;
mod list_collections;
mod list_container_service_versions;
mod list_container_services;
mod list_env_shares;
mod list_envs;
mod list_files;
mod list_functions;
mod list_static_files;
mod list_static_sites;
mod list_triggers;
mod new_container_version;
mod query_records;
#[cfg(test)]
mod quirks;
mod set_collection_permission;
mod set_traffic_shares;
mod set_traffic_shares_of_services;
mod update_container_service_version;
mod update_function_code;
mod update_function_config;
mod update_records;
mod update_triggers;

pub use env_failure::EnvFailure;
pub use new_container_version::{
    CodeLocation, ContainerSource, ImageInfo, NewContainerVersion, RegistryLogin, RepositoryKind,
    RepositoryName, ScalingPolicy,
};

pub use crate::cloudbase::{CreateCollectionResponse, EnvironmentVariable};
// Where ordinary mode has the same call, its types serve here too.
pub use crate::cloudbase_common::{
    AggregateRecordsResponse, Collection, ConflictMode, CreateRecordsResponse, DeleteFilesResponse,
    DeleteRecordsResponse, EnvStatus, ExportRecordsResponse, FailedFile, FileFormat, FileLink,
    FunctionStatus, GetDownloadLinksResponse, ImportRecordsResponse, IndexDirection, IndexKey,
    MigrationState, MigrationStatus, UpdateRecordsResponse, WantedFile,
};

use crate::{Base64Bytes, EncodeError};

family! {
    aggregate_records: AggregateRecords;
    create_collection: CreateCollection;
    create_container_hosting: CreateContainerHosting => CreateContainerHostingResponse;
    create_container_service: CreateContainerService
        => ContainerNetwork, CreateContainerServiceResponse, NetworkSource;
    create_container_service_version: CreateContainerServiceVersion => CreateContainerServiceVersionResponse;
    create_container_service_versions: CreateContainerServiceVersions
        => CreateContainerServiceVersionsResponse, CreatedContainerVersion;
    create_env: CreateEnv => CreateEnvResponse, EnvKind;
    create_env_shares: CreateEnvShares
        => CreateEnvSharesResponse, EnvProduct, EnvShare, EnvShareConfirmation, EnvShareFailure;
    create_function_in_envs: CreateFunctionInEnvs => CreateFunctionInEnvsResponse;
    create_indexes: CreateIndexes => CreateIndexesResponse, NewIndex;
    create_records: CreateRecords;
    create_static_site: CreateStaticSite => CreateStaticSiteResponse;
    delete_collection: DeleteCollection => DeleteCollectionResponse;
    delete_container_service: DeleteContainerService => DeleteContainerServiceResponse;
    delete_container_service_version: DeleteContainerServiceVersion => DeleteContainerServiceVersionResponse;
    delete_container_service_versions: DeleteContainerServiceVersions
        => ContainerVersionFailure, ContainerVersionRef, DeleteContainerServiceVersionsResponse,
        DeletedContainerVersion;
    delete_env_shares: DeleteEnvShares => DeleteEnvSharesResponse;
    delete_files: DeleteFiles;
    delete_function: DeleteFunction => DeleteFunctionResponse;
    delete_indexes: DeleteIndexes => DeleteIndexesResponse, IndexName;
    delete_records: DeleteRecords;
    export_records: ExportRecords;
    get_collection_permission: GetCollectionPermission => AclTag, CollectionPermission;
    get_container_service_version: GetContainerServiceVersion => ContainerVersion;
    get_download_links: GetDownloadLinks;
    get_migration_state: GetMigrationState;
    get_static_upload_link: GetStaticUploadLink;
    get_upload_link: GetUploadLink;
    import_records: ImportRecords;
    list_collections: ListCollections => ListCollectionsResponse;
    list_container_service_versions: ListContainerServiceVersions
        => ContainerVersionStatus, ContainerVersionSummary, ListContainerServiceVersionsResponse;
    list_container_services: ListContainerServices
        => ContainerService, ContainerServiceStatus, ListContainerServicesResponse;
    list_env_shares: ListEnvShares => ListEnvSharesResponse, SharedEnvs;
    list_envs: ListEnvs => Env, ListEnvsResponse;
    list_files: ListFiles => FilePage, StoredFile;
    list_functions: ListFunctions => Function, ListFunctionsResponse, StatusReason;
    list_static_files: ListStaticFiles;
    list_static_sites: ListStaticSites => ListStaticSitesResponse, StaticSite, StaticSiteStatus;
    list_triggers: ListTriggers => ListTriggersResponse, Trigger, TriggerKind;
    query_records: QueryRecords => QueryRecordsResponse, RecordPager;
    set_collection_permission: SetCollectionPermission => SetCollectionPermissionResponse;
    set_traffic_shares: SetTrafficShares => SetTrafficSharesResponse, TrafficShare;
    set_traffic_shares_of_services: SetTrafficSharesOfServices
        => ChangedContainerService, ContainerServiceFailure, ServiceTraffic, SetTrafficSharesOfServicesResponse;
    update_container_service_version: UpdateContainerServiceVersion => UpdateContainerServiceVersionResponse;
    update_function_code: UpdateFunctionCode => UpdateFunctionCodeResponse;
    update_function_config: UpdateFunctionConfig
        => FunctionNetwork, NetworkSwitch, PublicNetwork, UpdateFunctionConfigResponse;
    update_records: UpdateRecords;
    update_triggers: UpdateTriggers => NewTrigger, UpdateTriggersResponse;
}

id! {
    /// Name of a cloud hosting service, unique in its environment (`service_name`).
    ContainerServiceName
}

id! {
    /// Name of a version of a cloud hosting service, for example `echo-001` (`version_name`).
    ContainerVersionName
}

/// Checks the size of an archive with code. Whether the documented 20 MB hold before or after the
/// encoding is not said, so only what is too large either way is refused.
fn check_archive(archive: &Base64Bytes) -> Result<(), EncodeError> {
    if archive.len() > 20 * 1024 * 1024 {
        return Err(EncodeError::limit("zipfile", "at most 20 MB"));
    }
    Ok(())
}

/// Checks the greatest number of instances of a version.
fn check_instances(max_instances: Option<u32>) -> Result<(), EncodeError> {
    if max_instances.is_some_and(|most| most > 50) {
        return Err(EncodeError::limit("maxnum", "at most 50"));
    }
    Ok(())
}

/// Checks that no version gets more than the whole traffic.
fn check_shares(shares: &[TrafficShare]) -> Result<(), EncodeError> {
    if shares.iter().any(|share| share.percent > 100) {
        return Err(EncodeError::limit("flow_ratio", "0 to 100"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_is_too_large_either_way_is_refused() {
        let limit = 20 * 1024 * 1024;
        assert!(check_archive(&vec![0; limit].into()).is_ok());
        assert!(check_archive(&vec![0; limit + 1].into()).is_err());
    }
}
