use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_common::{CreateEnv, CreateEnvResponse, ListEnvs};

use super::{Probe, Settled, absent};
use crate::{Client, Error};

/// An environment is found by its alias. Whether two may share one is not documented, so several can be found, and one that is found
/// may be older than the call.
#[async_trait]
impl Probe for CreateEnv {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<CreateEnvResponse>, Error> {
        let envs = client.send(ListEnvs::new()).await?.envs;
        let mut found =
            envs.into_iter().filter(|env| env.alias.as_ref() == Some(&self.alias)).filter_map(|env| env.id);
        Ok(match (found.next(), found.count()) {
            (None, _) => absent(age),
            (Some(id), 0) => Settled::Landed(CreateEnvResponse::new(id)),
            (Some(_), more) => Settled::Several(more + 1),
        })
    }
}
