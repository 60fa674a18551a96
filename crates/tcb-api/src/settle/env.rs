use std::time::Duration;

use async_trait::async_trait;
use tcb_types::{EnvId, cloudbase_batch, cloudbase_common};

use super::{Probe, Settled, absent, ask};
use crate::{Client, Error};

/// An environment is found by its alias. Whether two may share one is not documented, so several
/// can be found, and one that is found may be older than the call.
#[async_trait]
impl Probe for cloudbase_common::CreateEnv {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error> {
        let (answer, listed) = ask(client, cloudbase_common::ListEnvs::new(), &["info_list"]).await?;
        let envs = answer.envs.into_iter().filter(|env| env.alias.as_ref() == Some(&self.alias));
        let ids = envs.map(|env| env.id);
        Ok(the_one(ids, listed, age, cloudbase_common::CreateEnvResponse::new))
    }
}

/// As in ordinary mode. The number of the order cannot be read back.
#[async_trait]
impl Probe for cloudbase_batch::CreateEnv {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error> {
        let (answer, listed) = ask(client, cloudbase_batch::ListEnvs::new(), &["info_list"]).await?;
        let envs = answer.envs.into_iter().filter(|env| env.alias.as_ref() == Some(&self.alias));
        let ids = envs.map(|env| env.id);
        Ok(the_one(ids, listed, age, cloudbase_batch::CreateEnvResponse::new))
    }
}

fn the_one<T>(
    mut ids: impl Iterator<Item = EnvId>,
    listed: bool,
    age: Duration,
    answer: impl FnOnce(EnvId) -> T,
) -> Settled<T> {
    match (ids.next(), ids.count()) {
        (Some(id), 0) => Settled::Landed(answer(id)),
        (Some(_), more) => Settled::Several(more.saturating_add(1)),
        (None, _) if listed => absent(age),
        (None, _) => Settled::Unknown,
    }
}
