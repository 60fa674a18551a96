//! What is built: one function for each operation, and the table that finds it.
//!
//! To add an operation, write its function in the file of its family and add one line to [`BUILT`];
//! method, path, tokens, permission sets and fields come from the catalogue.

mod cloud_access_token;
mod cloud_user;
mod env;
mod file;
mod function;
mod open_account;
mod token_chain;

use tcb_catalogue::{Catalogue, Operation};

use crate::call::{Built, Call, CallAnswer};

const fn built(id: &'static str, run: fn(&mut Call<'_>) -> CallAnswer) -> Built {
    Built { id, run }
}

pub(crate) static BUILT: [Built; 21] = [
    built("startPushTicket", token_chain::start_push_ticket),
    built("getComponentAccessToken", token_chain::get_component_access_token),
    built("getPreAuthCode", token_chain::get_pre_auth_code),
    built("getAuthorizerRefreshToken", token_chain::get_authorizer_refresh_token),
    built("getAuthorizerAccessToken", token_chain::get_authorizer_access_token),
    built("getAuthorizerInfo", token_chain::get_authorizer_info),
    built("getAuthorizerList", token_chain::get_authorizer_list),
    built("createCloudUser", cloud_user::create),
    built("createEnv", env::create),
    built("getEnvInfo", env::get),
    built("createFunction", function::create),
    built("getFuntionList", function::list),
    built("getCodeSecret", function::code_secret),
    built("getYploadSignature", function::sign_upload),
    built("getFuntionLink", function::code),
    built("getUploadTcbFileLink", file::upload_link),
    built("getDownloadTcbFileLink", file::download_links),
    built("getUploadStaticStoreFile", file::static_upload_link),
    built("setCloudAccessToken", cloud_access_token::get_or_set),
    built("createOpenAccount", open_account::create),
    built("getOpenAccount", open_account::get),
];

/// What is built at this path, with its facts.
pub(crate) fn at(path: &str) -> Option<(&'static Operation, &'static Built)> {
    let operation = Catalogue::get().by_path(path)?;
    let built = BUILT.iter().find(|built| built.id == operation.id)?;
    Some((operation, built))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_built_is_in_the_catalogue() {
        for built in &BUILT {
            let operation = Catalogue::get().operation(built.id).expect(built.id);
            assert_eq!(at(&operation.path).unwrap().1.id, built.id);
        }
    }
}
