use tcb_types::AuthorizerAppId;
use tcb_types::cloudbase_batch::{
    CreateEnv, CreateEnvResponse, CreateEnvShares, CreateEnvSharesResponse, DeleteEnvShares,
    DeleteEnvSharesResponse, EnvProduct, EnvShare, ListEnvShares, ListEnvSharesResponse, ListEnvs,
    ListEnvsResponse,
};

handle! {
    /// The cloud environments of a platform. Made by [`Platform::envs`](crate::Platform::envs).
    pub struct Envs {}

    /// Creates an environment.
    fn create(&self, alias: impl Into<String> + Send) -> CreateEnvResponse { CreateEnv::new(alias) }

    /// Lists all environments, and initialises new ones.
    fn list(&self) -> ListEnvsResponse { ListEnvs::new() }

    /// Shares environments with mini programs.
    fn share(
        &self,
        shares: impl IntoIterator<Item = EnvShare> + Send,
        product: EnvProduct,
    ) -> CreateEnvSharesResponse {
        CreateEnvShares::new(shares, product)
    }

    /// Stops sharing environments with mini programs.
    fn unshare(
        &self,
        shares: impl IntoIterator<Item = EnvShare> + Send,
        product: EnvProduct,
    ) -> DeleteEnvSharesResponse {
        DeleteEnvShares::new(shares, product)
    }

    /// Lists which environments are shared with the mini programs `app_ids`.
    fn shares(
        &self,
        app_ids: impl IntoIterator<Item = impl Into<AuthorizerAppId>> + Send,
        product: EnvProduct,
    ) -> ListEnvSharesResponse {
        ListEnvShares::new(app_ids, product)
    }
}
