use tcb_types::cloudbase_batch::{
    CreateFunctionInEnvs, CreateFunctionInEnvsResponse, DeleteFunction, DeleteFunctionResponse,
    ListFunctions, ListFunctionsResponse, ListTriggers, ListTriggersResponse, NewTrigger, UpdateFunctionCode,
    UpdateFunctionCodeResponse, UpdateTriggers, UpdateTriggersResponse,
};
use tcb_types::{Base64Bytes, EnvId, FunctionName};

handle! {
    /// The cloud functions of an environment. Made by [`Env::functions`](super::Env::functions).
    ///
    /// Their configuration is changed with
    /// [`UpdateFunctionConfig`](tcb_types::cloudbase_batch::UpdateFunctionConfig).
    pub struct Functions { env: EnvId }

    /// Lists the first functions.
    fn list(&self) -> ListFunctionsResponse { ListFunctions::new(&self.env) }

    /// Deletes a function.
    fn delete(&self, name: impl Into<FunctionName> + Send) -> DeleteFunctionResponse {
        DeleteFunction::new(&self.env, name)
    }

    /// Lists the triggers of a function.
    fn triggers(&self, name: impl Into<FunctionName> + Send) -> ListTriggersResponse {
        ListTriggers::new(&self.env, name)
    }
}

streams! { Functions:
    /// All functions.
    fn stream(&self) { ListFunctions::new(&self.env) }
}

handle! {
    /// Cloud functions in several environments at once. Made by
    /// [`Platform::functions`](crate::Platform::functions).
    pub struct FunctionsInEnvs {}

    /// Creates a function with its code, a zip archive, in each of `envs`.
    fn create(
        &self,
        name: impl Into<FunctionName> + Send,
        envs: impl IntoIterator<Item = impl Into<EnvId>> + Send,
        archive: impl Into<Base64Bytes> + Send,
    ) -> CreateFunctionInEnvsResponse {
        CreateFunctionInEnvs::new(name, envs, archive)
    }

    /// Replaces the code of a function, a zip archive, in each of `envs`.
    fn update_code(
        &self,
        name: impl Into<FunctionName> + Send,
        envs: impl IntoIterator<Item = impl Into<EnvId>> + Send,
        archive: impl Into<Base64Bytes> + Send,
    ) -> UpdateFunctionCodeResponse {
        UpdateFunctionCode::new(name, envs, archive)
    }

    /// Sets triggers of a function in each of `envs`.
    fn update_triggers(
        &self,
        name: impl Into<FunctionName> + Send,
        envs: impl IntoIterator<Item = impl Into<EnvId>> + Send,
        triggers: impl IntoIterator<Item = NewTrigger> + Send,
    ) -> UpdateTriggersResponse {
        UpdateTriggers::new(name, envs, triggers)
    }
}
