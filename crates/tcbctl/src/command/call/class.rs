//! What may happen when a call is sent twice.

use tcb_catalogue::{Method, Operation as Documented};
use tcb_types::{
    Class, Operation as _, OperationSpec, api_management, authorization, cloudbase_batch, cloudbase_common,
    open_account,
};

/// The operations that the SDK knows to be harmless. Those whose harm depends on the request (its `action`) are not among them, and
/// whatever is not here counts as creating something.
const HARMLESS: [OperationSpec; 56] = [
    api_management::CheckCallback::SPEC,
    api_management::GetApiQuota::SPEC,
    api_management::GetRequestInfo::SPEC,
    api_management::ListApiAddresses::SPEC,
    api_management::ListCallbackAddresses::SPEC,
    authorization::GetAuthorizerInfo::SPEC,
    authorization::GetAuthorizerOption::SPEC,
    authorization::GetPreAuthCode::SPEC,
    authorization::ListAuthorizers::SPEC,
    authorization::SetAuthorizerOption::SPEC,
    authorization::StartPushTicket::SPEC,
    cloudbase_batch::AggregateRecords::SPEC,
    cloudbase_batch::GetCollectionPermission::SPEC,
    cloudbase_batch::GetContainerServiceVersion::SPEC,
    cloudbase_batch::GetDownloadLinks::SPEC,
    cloudbase_batch::GetMigrationState::SPEC,
    cloudbase_batch::GetStaticUploadLink::SPEC,
    cloudbase_batch::GetUploadLink::SPEC,
    cloudbase_batch::ListContainerServiceVersions::SPEC,
    cloudbase_batch::ListContainerServices::SPEC,
    cloudbase_batch::ListEnvShares::SPEC,
    cloudbase_batch::ListEnvs::SPEC,
    cloudbase_batch::ListFiles::SPEC,
    cloudbase_batch::ListFunctions::SPEC,
    cloudbase_batch::ListStaticFiles::SPEC,
    cloudbase_batch::ListStaticSites::SPEC,
    cloudbase_batch::ListTriggers::SPEC,
    cloudbase_batch::SetCollectionPermission::SPEC,
    cloudbase_common::AggregateRecords::SPEC,
    cloudbase_common::CountRecords::SPEC,
    cloudbase_common::GetAppConfig::SPEC,
    cloudbase_common::GetCallbackConfig::SPEC,
    cloudbase_common::GetCodeSecret::SPEC,
    cloudbase_common::GetDownloadLinks::SPEC,
    cloudbase_common::GetExtensionUploads::SPEC,
    cloudbase_common::GetFunctionCode::SPEC,
    cloudbase_common::GetFunctionConfig::SPEC,
    cloudbase_common::GetMigrationState::SPEC,
    cloudbase_common::GetOpenData::SPEC,
    cloudbase_common::GetPressureTestReport::SPEC,
    cloudbase_common::GetPressureTestStatus::SPEC,
    cloudbase_common::GetSmsOverview::SPEC,
    cloudbase_common::GetUploadLink::SPEC,
    cloudbase_common::GetUploadSignature::SPEC,
    cloudbase_common::GetVoipSignature::SPEC,
    cloudbase_common::ListCollections::SPEC,
    cloudbase_common::ListEnvs::SPEC,
    cloudbase_common::ListFunctions::SPEC,
    cloudbase_common::ListMerchants::SPEC,
    cloudbase_common::ListSmsRecords::SPEC,
    cloudbase_common::QueryRecords::SPEC,
    cloudbase_common::SetCallbackConfig::SPEC,
    open_account::BindOpenAccount::SPEC,
    open_account::GetOpenAccount::SPEC,
    open_account::GetOpenAccountEntity::SPEC,
    open_account::HasOpenAccount::SPEC,
];

/// What is known about `operation`.
pub(super) fn of(operation: &Documented) -> Class {
    let known = HARMLESS.iter().find(|known| known.path == operation.path);
    match (known, operation.method) {
        (Some(known), _) => known.class,
        (None, Method::Get) => Class::Read,
        (None, _) => Class::Create,
    }
}

/// What the class means, for people.
pub(super) fn words(class: Class) -> &'static str {
    match class {
        Class::Read => "read",
        Class::Idempotent => "idempotent",
        Class::Create => "create",
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::*;

    #[test]
    fn the_harmless_ones_are_operations_and_are_harmless() {
        for known in HARMLESS {
            assert!(Catalogue::get().by_path(known.path).is_some(), "{}", known.path);
            assert_ne!(known.class, Class::Create, "{}", known.id);
        }
    }

    #[test]
    fn what_is_not_known_to_be_harmless_creates() {
        let of = |id: &str| of(Catalogue::get().operation(id).unwrap());
        assert_eq!(of("createEnv"), Class::Create);
        assert_eq!(of("getEnvInfo"), Class::Read);
        assert_eq!(of("getAuthorizerRefreshToken"), Class::Create, "the code is good for one exchange");
        assert_eq!(of("setCloudAccessToken"), Class::Create, "one action of it writes");
    }
}
