//! Every operation of the catalogue: what answers it, or why nothing does.
//!
//! To build an operation, write its function in the file of its group and name it in [`ROUTES`];
//! method, path, tokens, permission sets and fields come from the catalogue.

mod authorizer_option;
mod batch_function;
mod callback_config;
mod cloud_access_token;
mod cloud_user;
mod collection;
mod env;
mod env_share;
mod file;
mod function;
mod invoke;
mod migration;
mod network;
mod open_account;
mod open_data;
mod pay;
mod pressure_test;
mod quota;
mod record;
mod request_info;
mod sms;
mod static_site;
mod token_chain;

use std::collections::HashMap;
use std::sync::LazyLock;

use tcb_catalogue::{Catalogue, Operation};

use crate::call::Run;

/// How one operation is answered.
pub(crate) struct Route {
    /// The official id.
    pub(crate) id: &'static str,
    pub(crate) build: Build,
}

/// How far an operation is built.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    /// What it answers follows from what was done before, and it changes what is answered later.
    Stateful(Run),
    /// The request is checked, and the answer always the same.
    Validated(Run),
    /// Nothing answers, for this reason.
    NotBuilt(&'static str),
}

impl Build {
    /// The name in the admin API.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Stateful(_) => "stateful",
            Self::Validated(_) => "validated",
            Self::NotBuilt(_) => "not_built",
        }
    }

    pub(crate) fn run(self) -> Option<Run> {
        match self {
            Self::Stateful(run) | Self::Validated(run) => Some(run),
            Self::NotBuilt(_) => None,
        }
    }
}

const fn stateful(id: &'static str, run: Run) -> Route {
    Route { id, build: Build::Stateful(run) }
}

const fn validated(id: &'static str, run: Run) -> Route {
    Route { id, build: Build::Validated(run) }
}

const fn not_built(id: &'static str, why: &'static str) -> Route {
    Route { id, build: Build::NotBuilt(why) }
}

const CONTAINERS: &str = "a call of the first edition of containers, which the documentation has replaced; \
                          no source shows what it answers today";

#[rustfmt::skip]
pub(crate) static ROUTES: [Route; 117] = [
    // authorization
    stateful("startPushTicket", token_chain::start_push_ticket),
    stateful("getComponentAccessToken", token_chain::get_component_access_token),
    stateful("getPreAuthCode", token_chain::get_pre_auth_code),
    stateful("getAuthorizerRefreshToken", token_chain::get_authorizer_refresh_token),
    stateful("getAuthorizerAccessToken", token_chain::get_authorizer_access_token),
    stateful("getAuthorizerInfo", token_chain::get_authorizer_info),
    stateful("getAuthorizerList", token_chain::get_authorizer_list),
    stateful("getAuthorizerOptionInfo", authorizer_option::get),
    stateful("setAuthorizerOptionInfo", authorizer_option::set),
    // cloudbase-common
    stateful("createCloudUser", cloud_user::create),
    stateful("checkMobileConfig", cloud_user::check_phone),
    stateful("getCloudToken", cloud_user::tencent_cloud_credential),
    stateful("setCloudAccessToken", cloud_access_token::get_or_set),
    stateful("createEnv", env::create),
    stateful("getEnvInfo", env::get),
    stateful("changeTcbEnv", env::convert),
    stateful("shareEnv", env::share),
    stateful("createFunction", function::create),
    stateful("getFuntionList", function::list),
    stateful("getFuntionConfig", function::get_config),
    stateful("getUploadFuntionConfig", function::set_config),
    stateful("getCodeSecret", function::code_secret),
    stateful("getYploadSignature", function::sign_upload),
    stateful("getFuntionLink", function::code),
    stateful("invokeCloudFunction", invoke::now),
    stateful("addDelayedFunctionTask", invoke::later),
    stateful("addDatabaseCollection", collection::add),
    stateful("deleteDatabaseCollection", collection::delete),
    stateful("getDatabaseCollection", collection::list),
    stateful("updateDatabaseIndex", collection::update_indexes),
    stateful("addDatabaseItem", record::add),
    stateful("getDatabaseRecord", record::query),
    stateful("updateDatabaseRecord", record::update),
    stateful("deleteDatabaseItem", record::delete),
    stateful("getDatabaseCount", record::count),
    stateful("aggregateDatabase", record::aggregate),
    stateful("importDatabaseItem", migration::import),
    stateful("exportDatabaseItem", migration::export),
    stateful("getDatabaseMigrateStatus", migration::state),
    stateful("getUploadTcbFileLink", file::upload_link),
    stateful("getDownloadTcbFileLink", file::download_links),
    stateful("deleteTcbCloudFile", file::delete),
    stateful("setCallBackConfig", callback_config::set),
    stateful("getCallBackConfig", callback_config::get),
    stateful("uploadAppConfig", callback_config::set_app_config),
    stateful("getAppConfig", callback_config::get_app_config),
    stateful("sendCloudBaseSms", sms::send),
    stateful("newSendCloudBaseSms", sms::send_with_link),
    stateful("createSendSmsTask", sms::create_task),
    stateful("describeSmsRecords", sms::records),
    stateful("getCloudBaseStatistics", sms::statistics),
    stateful("cloudbaseReportAPI", sms::report),
    stateful("describeExtensionUploadInfo", file::extension_uploads),
    stateful("createPressureTestTask", pressure_test::create),
    stateful("getPressureTestStatus", pressure_test::status),
    stateful("getPressureTestReport", pressure_test::report),
    stateful("getWechatPayAuth", pay::request),
    stateful("getWechatPayList", pay::list),
    validated("getCloudBaseVoIPSign", open_data::voip_signature),
    stateful("getOpenData", open_data::get),
    // cloudbase-batch
    stateful("createTcbEnv", env::create_shared),
    stateful("getTcbEnvList", env::list_shared),
    stateful("shareCloudbaseEnv", env_share::share),
    stateful("unshareCloudbaseEnv", env_share::unshare),
    stateful("getShareCloudbaseEnv", env_share::get),
    stateful("batchuUloadCloudFunction", batch_function::create),
    stateful("uploadCloudFunctionCode", batch_function::upload_code),
    stateful("uploadCloudFunctionConfig", batch_function::configure),
    stateful("getCloudFunctionList", batch_function::list),
    stateful("deleteCloudFunction", batch_function::delete),
    stateful("getTriggers", batch_function::triggers),
    stateful("updateTriggers", batch_function::update_triggers),
    stateful("dbcollectionManage", collection::manage),
    stateful("dbindexManage", collection::manage_indexes),
    stateful("getPermission", collection::permission),
    stateful("setPermission", collection::set_permission),
    stateful("dbrecordManage", record::manage),
    stateful("dbAggregate", record::aggregate),
    stateful("dbImport", migration::import),
    stateful("dbExport", migration::export),
    stateful("getMigrationState", migration::state),
    stateful("getUploadFileLink", file::upload_link),
    stateful("getDownloadFileLink", file::download_links),
    stateful("deleteTcbFile", file::delete),
    stateful("getTcbFile", file::list),
    stateful("createStaticStore", static_site::create),
    stateful("getStaticStore", static_site::get),
    stateful("getUploadStaticStoreFile", static_site::upload_link),
    stateful("getStaticStoreFile", static_site::files),
    // open-account
    stateful("createOpenAccount", open_account::create),
    stateful("getOpenAccount", open_account::get),
    stateful("bindOpenAccount", open_account::bind),
    stateful("unbindOpenAccount", open_account::unbind),
    stateful("getBindOpenAccount", open_account::is_bound),
    stateful("getBindOpenAccountEntity", open_account::same_subject),
    // api-management
    stateful("getApiQuota", quota::get),
    stateful("clearQuota", quota::clear),
    stateful("clearApiQuota", quota::clear_one),
    stateful("clearComponentQuotaByAppSecret", quota::clear_by_platform_secret),
    stateful("clearQuotaByAppSecret", quota::clear_by_secret),
    stateful("getRidInfo", request_info::get),
    validated("callbackCheck", network::check_callback),
    validated("getApiDomainIp", network::addresses),
    validated("getCallbackIp", network::addresses),
    // The first edition of containers
    not_built("batchDelCSVersion", CONTAINERS),
    not_built("batchSetCSPropotion", CONTAINERS),
    not_built("batchcreatecsversion", CONTAINERS),
    not_built("createcontainerservice", CONTAINERS),
    not_built("createcsversion", CONTAINERS),
    not_built("delcontainerservice", CONTAINERS),
    not_built("delcsversion", CONTAINERS),
    not_built("getcslist", CONTAINERS),
    not_built("getcsversiondetail", CONTAINERS),
    not_built("getcsversionlist", CONTAINERS),
    not_built("opencontainerservice", CONTAINERS),
    not_built("setcspropotion", CONTAINERS),
    not_built("setcsversionconfig", CONTAINERS),
];

/// The operation at this path and its route.
pub(crate) fn at(path: &str) -> Option<(&'static Operation, &'static Route)> {
    static BY_PATH: LazyLock<HashMap<&str, (&Operation, &Route)>> = LazyLock::new(|| {
        let with_facts = |route: &'static Route| Some((Catalogue::get().operation(route.id)?, route));
        let all = ROUTES.iter().filter_map(with_facts);
        all.map(|(operation, route)| (operation.path.as_str(), (operation, route))).collect()
    });
    BY_PATH.get(path).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_catalogue_has_a_route() {
        for operation in Catalogue::get().operations() {
            assert_eq!(at(&operation.path).expect(&operation.id).1.id, operation.id);
        }
        assert_eq!(Catalogue::get().operations().len(), ROUTES.len());
    }

    #[test]
    fn only_the_first_edition_of_containers_is_not_built() {
        let without = ROUTES.iter().filter(|route| route.build.run().is_none());
        assert_eq!(without.count(), 13);
    }
}
