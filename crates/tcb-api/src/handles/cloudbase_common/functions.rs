use tcb_types::cloudbase_common::{
    CreateDelayedFunctionTask, CreateDelayedFunctionTaskResponse, CreateFunction, CreateFunctionResponse,
    FunctionCode, FunctionConfig, FunctionConfigKind, GetCodeSecret, GetFunctionCode, GetFunctionConfig,
    GetUploadSignature, InvokeFunction, InvokeFunctionResponse, ListFunctions, ListFunctionsResponse,
    SetFunctionConfig, SetFunctionConfigResponse,
};
use tcb_types::{EnvId, FunctionName, JsonText};

use crate::Error;
use crate::links::code::CodeUpload;

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

impl Functions {
    /// Uploads the code of a function, a ZIP archive whose `index.main` is what is invoked, over
    /// what is there.
    ///
    /// It takes three steps: the key that protects the code ([`GetCodeSecret`]), a signature over
    /// the upload ([`GetUploadSignature`]), and the upload itself, which goes to Tencent Cloud
    /// without a token and is repeated like an idempotent write.
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client, archive: Vec<u8>) -> Result<(), tcb_api::Error> {
    /// let functions = shop.env("shop-prod-1a2b3c").functions();
    /// functions.create("hello").await?;
    /// functions.upload_code("hello", archive).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::send`](crate::Client::send); [`ErrorKind::Storage`](crate::ErrorKind::Storage)
    /// when Tencent Cloud refuses the upload, whose code [`Error::storage`] has.
    pub async fn upload_code(
        &self,
        name: impl Into<FunctionName> + Send,
        archive: impl Into<Vec<u8>> + Send,
    ) -> Result<(), Error> {
        let (name, archive) = (name.into(), archive.into());
        let secret = self.client.send(GetCodeSecret::new()).await?.code_secret;
        let upload = CodeUpload::new(&secret, &self.env, &name, archive)?;
        let headers = self.client.send(GetUploadSignature::new(&upload.hash)).await?.headers;
        self.client.links().send_code(upload, &headers, &secret).await
    }
}

streams! { Functions:
    /// All functions.
    fn stream(&self) { ListFunctions::new(&self.env) }
}
