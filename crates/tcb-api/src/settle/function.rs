use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_batch::{CreateFunctionInEnvs, CreateFunctionInEnvsResponse, EnvFailure};
use tcb_types::cloudbase_common::{CreateFunction, CreateFunctionResponse};
use tcb_types::{cloudbase_batch, cloudbase_common};

use super::{Probe, Settled, look};
use crate::{Client, Error};

/// A function is found by its name, which is unique in its environment.
#[async_trait]
impl Probe for CreateFunction {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<CreateFunctionResponse>, Error> {
        let list = cloudbase_common::ListFunctions::new(&self.env);
        let found = look(client, list, "functions", |function| function.name == self.name).await?;
        Ok(found.settled(age, CreateFunctionResponse::Created))
    }
}

/// The function is looked for in every environment. Where it is in some and not in others, it
/// landed, with a failure for each of those.
#[async_trait]
impl Probe for CreateFunctionInEnvs {
    async fn probe(
        &self,
        client: &Client,
        age: Duration,
    ) -> Result<Settled<CreateFunctionInEnvsResponse>, Error> {
        let mut failures = Vec::new();
        for env in &self.envs {
            let list = cloudbase_batch::ListFunctions::new(env);
            let found = look(client, list, "functions", |function| function.name == self.name).await?;
            match found.settled(age, ()) {
                Settled::Landed(()) => {}
                Settled::NotLanded => failures.push(EnvFailure::new(env, "the function is not there")),
                _ => return Ok(Settled::Unknown),
            }
        }
        Ok(if !failures.is_empty() && failures.len() == self.envs.len() {
            Settled::NotLanded
        } else {
            Settled::Landed(CreateFunctionInEnvsResponse::new(failures))
        })
    }
}
