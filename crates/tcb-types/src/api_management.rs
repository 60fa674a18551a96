//! Family `api-management`: quotas, request ids and network addresses.

mod check_callback;
mod clear_api_quota;
mod clear_component_quota_by_app_secret;
mod clear_quota;
mod clear_quota_by_app_secret;
mod get_api_quota;
mod get_request_info;
mod list_api_addresses;
mod list_callback_addresses;

use crate::EncodeError;

family! {
    check_callback: CheckCallback => CallbackCheck, CheckCallbackResponse, NetworkOperator, Ping, ResolvedAddress;
    clear_api_quota: ClearApiQuota => ClearApiQuotaResponse;
    clear_component_quota_by_app_secret: ClearComponentQuotaByAppSecret => ClearComponentQuotaByAppSecretResponse;
    clear_quota: ClearQuota => ClearQuotaResponse;
    clear_quota_by_app_secret: ClearQuotaByAppSecret => ClearQuotaByAppSecretResponse;
    get_api_quota: GetApiQuota => ApiQuota, DailyQuota, RateLimit;
    get_request_info: GetRequestInfo => GetRequestInfoResponse, RecordedRequest;
    list_api_addresses: ListApiAddresses => ListApiAddressesResponse;
    list_callback_addresses: ListCallbackAddresses => ListCallbackAddressesResponse;
}

/// Checks the documented form of an API's path.
fn validate_path(path: &str) -> Result<(), EncodeError> {
    if path.starts_with('/') {
        return Ok(());
    }
    Err(EncodeError::limit("cgi_path", "a path that starts with a slash, without the host"))
}
