use tcb_types::cloudbase_common::{CreateEnv, CreateEnvResponse, ListEnvs, ListEnvsResponse};

handle! {
    /// The cloud environments of a mini program. Made by [`Client::envs`](crate::Client::envs).
    pub struct Envs {}

    /// Creates an environment that is paid for afterwards, by the mini program.
    fn create_postpaid(&self, alias: impl Into<String> + Send) -> CreateEnvResponse { CreateEnv::postpaid(alias) }

    /// Lists all environments.
    fn list(&self) -> ListEnvsResponse { ListEnvs::new() }
}
