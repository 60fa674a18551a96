//! Quotas, request ids and network addresses.

use tcb_types::api_management::{
    ApiQuota, CheckCallback, CheckCallbackResponse, ClearApiQuota, ClearApiQuotaResponse,
    ClearComponentQuotaByAppSecret, ClearComponentQuotaByAppSecretResponse, ClearQuota,
    ClearQuotaByAppSecret, ClearQuotaByAppSecretResponse, ClearQuotaResponse, GetApiQuota, GetRequestInfo,
    GetRequestInfoResponse, ListApiAddresses, ListApiAddressesResponse, ListCallbackAddresses,
    ListCallbackAddressesResponse,
};
use tcb_types::{AppId, AppSecret, ComponentAppId, ComponentSecret, RequestId};

use crate::{Client, Platform};

impl Client {
    /// The use of WeChat's API by the account that the client acts for.
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// let quota = shop.api().quota("/tcb/createfunction").await?;
    /// # Ok(()) }
    /// ```
    pub fn api(&self) -> Api {
        Api::new(self.clone())
    }
}

impl Platform {
    /// The use of WeChat's API by the platform itself.
    pub fn api(&self) -> PlatformApi {
        PlatformApi::new(self.client().clone(), self.app_id().clone())
    }
}

handle! {
    /// The use of WeChat's API by one account. Made by [`Client::api`].
    pub struct Api {}

    /// Reads how often the API at `path` may be called, and how often it was today.
    fn quota(&self, path: impl Into<String> + Send) -> ApiQuota { GetApiQuota::new(path) }

    /// Sets the call count of the API at `path` back to zero.
    fn clear_quota(&self, path: impl Into<String> + Send) -> ClearApiQuotaResponse { ClearApiQuota::new(path) }

    /// Sets all call counts of `app_id`, which the client acts for, back to zero.
    fn clear_all_quotas(&self, app_id: impl Into<AppId> + Send) -> ClearQuotaResponse { ClearQuota::new(app_id) }

    /// Sets all call counts of `app_id` back to zero, with its own secret in place of a token.
    fn clear_all_quotas_by_secret(
        &self,
        app_id: impl Into<AppId> + Send,
        secret: impl Into<AppSecret> + Send,
    ) -> ClearQuotaByAppSecretResponse {
        ClearQuotaByAppSecret::new(app_id, secret)
    }

    /// Looks up one call by its request id.
    fn request(&self, rid: impl Into<RequestId> + Send) -> GetRequestInfoResponse { GetRequestInfo::new(rid) }
}

handle! {
    /// The use of WeChat's API by a platform, and the network between the two. Made by
    /// [`Platform::api`].
    pub struct PlatformApi { app_id: ComponentAppId }

    /// Reads how often the API at `path` may be called, and how often it was today.
    fn quota(&self, path: impl Into<String> + Send) -> ApiQuota { GetApiQuota::new(path) }

    /// Sets the call count of the API at `path` back to zero.
    fn clear_quota(&self, path: impl Into<String> + Send) -> ClearApiQuotaResponse { ClearApiQuota::new(path) }

    /// Sets all call counts of the platform back to zero.
    fn clear_all_quotas(&self) -> ClearQuotaResponse { ClearQuota::new(&self.app_id) }

    /// Sets all call counts of the platform back to zero, with its secret in place of a token.
    fn clear_all_quotas_by_secret(
        &self,
        secret: impl Into<ComponentSecret> + Send,
    ) -> ClearComponentQuotaByAppSecretResponse {
        ClearComponentQuotaByAppSecret::new(&self.app_id, secret)
    }

    /// Looks up one call by its request id.
    fn request(&self, rid: impl Into<RequestId> + Send) -> GetRequestInfoResponse { GetRequestInfo::new(rid) }

    /// Lists the addresses of WeChat's API servers, for outgoing firewall rules.
    fn addresses(&self) -> ListApiAddressesResponse { ListApiAddresses::new() }

    /// Lists the addresses that WeChat's pushes come from, for incoming firewall rules.
    fn callback_addresses(&self) -> ListCallbackAddressesResponse { ListCallbackAddresses::new() }

    /// Has WeChat resolve the host of the configured callback URL and ping its addresses.
    fn check_callback(&self) -> CheckCallbackResponse { CheckCallback::new() }
}
