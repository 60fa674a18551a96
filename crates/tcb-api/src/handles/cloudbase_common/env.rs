use tcb_types::cloudbase_common::{
    ConvertEnv, ConvertEnvResponse, CreateReport, CreateReportResponse, ShareEnv, ShareEnvResponse,
};
use tcb_types::{AuthorizerAppId, EnvId};

use super::{Collections, Files, Functions, Records, Sms, TokenPolicy};

handle! {
    /// A cloud environment of a mini program. Made by [`Client::env`](crate::Client::env).
    pub struct Env { id: EnvId }

    /// Turns the environment, made in the console of Tencent Cloud, into one of the mini program.
    fn convert(&self) -> ConvertEnvResponse { ConvertEnv::new(&self.id) }

    /// Lets another account use the environment.
    fn share(&self, app_id: impl Into<AuthorizerAppId> + Send) -> ShareEnvResponse {
        ShareEnv::new(&self.id, app_id)
    }

    /// Reports an action of a marketing activity.
    fn report(
        &self,
        action: impl Into<String> + Send,
        activity_id: impl Into<String> + Send,
    ) -> CreateReportResponse {
        CreateReport::new(&self.id, action, activity_id)
    }
}

leads! { Env:
    /// The cloud functions.
    fn functions(&self) -> Functions { self.id.clone() }

    /// The cloud database.
    fn database(&self) -> Database { self.id.clone() }

    /// The cloud storage.
    fn files(&self) -> Files { self.id.clone() }

    /// Text messages.
    fn sms(&self) -> Sms { self.id.clone() }

    /// Which of WeChat's APIs the cloud functions may call without a secret.
    fn token_policy(&self) -> TokenPolicy { self.id.clone() }
}

handle! {
    /// The cloud database of an environment. Made by [`Env::database`].
    pub struct Database { env: EnvId }
}

leads! { Database:
    /// The collections and their indexes.
    fn collections(&self) -> Collections { self.env.clone() }

    /// The records, by statements.
    fn records(&self) -> Records { self.env.clone() }
}
