use tcb_types::cloudbase_common::{
    CreateDelayedFunctionTask, CreateDelayedFunctionTaskResponse, CreateFunction, CreateFunctionResponse,
    FunctionCode, FunctionConfig, FunctionConfigKind, GetFunctionCode, GetFunctionConfig, InvokeFunction,
    InvokeFunctionResponse, ListFunctions, ListFunctionsResponse, SetFunctionConfig,
    SetFunctionConfigResponse,
};
use tcb_types::{EnvId, FunctionName, JsonText};

handle! {
    /// The cloud functions of an environment. Made by [`Env::functions`](super::Env::functions).
    pub struct Functions { env: EnvId }

    /// Creates a function, which has no code yet.
    fn create(&self, name: impl Into<FunctionName> + Send) -> CreateFunctionResponse {
        CreateFunction::new(&self.env, name)
    }

    /// Lists the first functions.
    fn list(&self) -> ListFunctionsResponse { ListFunctions::new(&self.env) }

    /// Makes a link to download the code of a function with.
    fn code(&self, name: impl Into<FunctionName> + Send) -> FunctionCode {
        GetFunctionCode::new(&self.env, name)
    }

    /// Reads one of the configurations of a function.
    fn config(&self, name: impl Into<FunctionName> + Send, kind: FunctionConfigKind) -> FunctionConfig {
        GetFunctionConfig::new(&self.env, name, kind)
    }

    /// Writes one of the configurations of a function.
    fn set_config(
        &self,
        name: impl Into<FunctionName> + Send,
        kind: FunctionConfigKind,
        config: impl Into<JsonText> + Send,
    ) -> SetFunctionConfigResponse {
        SetFunctionConfig::new(&self.env, name, kind, config)
    }

    /// Invokes a function and waits for its result.
    fn invoke(
        &self,
        name: impl Into<FunctionName> + Send,
        event: impl Into<JsonText> + Send,
    ) -> InvokeFunctionResponse {
        InvokeFunction::new(&self.env, name, event)
    }

    /// Has a function invoked once, after `delay` seconds.
    fn invoke_later(
        &self,
        name: impl Into<FunctionName> + Send,
        event: impl Into<JsonText> + Send,
        delay: u32,
    ) -> CreateDelayedFunctionTaskResponse {
        CreateDelayedFunctionTask::new(&self.env, name, event, delay)
    }
}

streams! { Functions:
    /// All functions.
    fn stream(&self) { ListFunctions::new(&self.env) }
}
