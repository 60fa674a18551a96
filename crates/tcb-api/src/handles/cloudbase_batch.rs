//! Batch cloud development, where environments belong to the platform and are shared with mini
//! programs.

mod collections;
mod containers;
mod env;
mod envs;
mod files;
mod functions;
mod records;
mod static_sites;

pub use collections::Collections;
pub use containers::{ContainerVersions, Containers, ContainersInEnvs};
pub use env::{Database, Env};
pub use envs::Envs;
pub use files::Files;
pub use functions::{Functions, FunctionsInEnvs};
pub use records::Records;
pub use static_sites::StaticSites;

use tcb_types::EnvId;

use crate::Platform;

impl Platform {
    /// The platform's cloud environments, and which mini programs share them.
    ///
    /// ```
    /// # async fn example(platform: tcb_api::Platform) -> Result<(), tcb_api::Error> {
    /// use tcb_api::types::cloudbase_batch::{EnvProduct, EnvShare};
    ///
    /// let env = platform.envs().create("shared").await?.id;
    /// let share = EnvShare::new(&env, ["wx0123456789abcdef"]);
    /// platform.envs().share([share], EnvProduct::CloudDevelopment).await?;
    /// # Ok(()) }
    /// ```
    pub fn envs(&self) -> Envs {
        Envs::new(self.client().clone())
    }

    /// One of the platform's cloud environments. A mini program's own is at
    /// [`Client::env`](crate::Client::env).
    pub fn env(&self, id: impl Into<EnvId>) -> Env {
        Env::new(self.client().clone(), id.into())
    }

    /// Cloud functions in several of the platform's environments at once.
    pub fn functions(&self) -> FunctionsInEnvs {
        FunctionsInEnvs::new(self.client().clone())
    }

    /// Cloud hosting in several of the platform's environments at once.
    pub fn containers(&self) -> ContainersInEnvs {
        ContainersInEnvs::new(self.client().clone())
    }
}
